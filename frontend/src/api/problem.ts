import { capital } from "../words";

/** What went wrong, in the words of the server: problem+json with a hint, or this page's own when it is silent. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly title: string;
  readonly detail: string;
  /** What to do about it. */
  readonly hint: string | undefined;
  /** The status of the answer; 0 when there was none. */
  readonly status: number;

  constructor(said: { title: string; detail?: string; hint?: string; status?: number }) {
    super(said.detail ?? said.title);
    this.title = said.title;
    this.detail = said.detail ?? "";
    this.hint = said.hint;
    this.status = said.status ?? 0;
  }

  /** Whether the studio asks for its token anew. */
  get isLoggedOut(): boolean {
    return this.status === LOGGED_OUT.status;
  }
}

/** What is said where the studio asks for its token anew: what it says itself is for programs. */
export const LOGGED_OUT = {
  title: "You are no longer logged in",
  detail: "The studio was started again, or you logged out.",
  hint:
    "Open the studio as you did at first, or log in in another tab, and come back to this one: " +
    "what you have written here is still there.",
  status: 401,
} as const;

/** What is said where the studio does not answer at all. */
export const SILENT = {
  title: "The studio does not answer",
  detail: "The connection to the studio was lost.",
  hint: "Look whether the studio still runs, and start it again if not. Nothing kept is lost.",
} as const;

/** Reads the problem out of an answer that is not ok. */
export async function problemOf(answer: Response): Promise<Problem> {
  if (answer.status === LOGGED_OUT.status) return new Problem(LOGGED_OUT);
  const said = fieldsOf(await answer.text().catch(() => ""));
  return new Problem({
    title: words(said.title) ?? (answer.statusText || `The studio answered ${answer.status}`),
    detail: words(said.detail),
    hint: forPage(words(said.hint)),
    status: answer.status,
  });
}

/** Whatever was thrown, as a Problem; a broken connection is told apart from a mistake of the page. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof TypeError && /fetch|network|load failed/i.test(thrown.message))
    return new Problem(SILENT);
  return new Problem({ title: "Something went wrong on this page", detail: String(thrown) });
}

/** What only somebody in a terminal, or in Python, can do. */
const TERMINAL = /\b[A-Z]{2,}_[A-Z]{2,}|(?:^|\s)--[a-z]|\bflourishing [a-z]|\w="/;

/** A hint without what can be done in a terminal alone; undefined where nothing is left of it. */
export function forPage(hint: string | undefined): string | undefined {
  if (hint === undefined || !TERMINAL.test(hint)) return hint;
  const clauses = hint.split(/; |, or |(?<=\.) /).filter((clause) => !TERMINAL.test(clause));
  const sentences = clauses.map((clause) => capital(clause.replace(/[.,;]$/, "")));
  return sentences.length > 0 ? `${sentences.join(". ")}.` : undefined;
}

/** Whether a request was only called off. */
export function isAbort(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === "AbortError";
}

function fieldsOf(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function words(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
