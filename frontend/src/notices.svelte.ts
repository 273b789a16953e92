/** What the page has to say beside its work: that something failed, that something can be undone, that it is done. */

import { asProblem, isAbort, LOGGED_OUT, SILENT } from "./api/problem";

export interface Notice {
  readonly id: number;
  /** When it came, in milliseconds. */
  readonly at: number;
  readonly kind: "done" | "problem";
  readonly words: string;
  readonly detail?: string;
  readonly hint?: string;
  /** A way on: its words and what it does. The notice goes with it. */
  readonly offer?: { readonly words: string; readonly run: () => void };
}

class Notices {
  list = $state<readonly Notice[]>([]);
  /** Who shows them: the last that came. A dialog shows them itself: it lies over the page, which may be inert. */
  hosts = $state.raw<readonly string[]>([]);
  #next = 0;

  add(notice: Omit<Notice, "id" | "at">): number {
    const id = this.#next++;
    // The same words again replace the old ones: ten lost connections are one notice.
    this.list = [
      ...this.list.filter((old) => old.words !== notice.words),
      { ...notice, id, at: Date.now() },
    ].slice(-4);
    return id;
  }

  /** Takes a notice back by its words, where what it said is over. */
  drop(words: string): void {
    this.list = this.list.filter((notice) => notice.words !== words);
  }

  close(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id);
  }
}

export const notices = new Notices();

/** Says that something is done; with `undo`, offers to take it back. It goes by itself. Gives the number of the notice. */
export function tell(words: string, undo?: () => void): number {
  return notices.add(
    undo ? { kind: "done", words, offer: { words: "Undo", run: undo } } : { kind: "done", words },
  );
}

/**
 * Says what went wrong and what helps. It stays until it is closed. An abort is no problem.
 *
 * Who is no longer logged in is not led away from here: what was written on this page would be lost.
 */
export function fail(thrown: unknown, offer?: Notice["offer"]): void {
  if (isAbort(thrown)) return;
  const problem = asProblem(thrown);
  if (problem.isLoggedOut) {
    addEventListener("focus", checkLogin);
    document.addEventListener("visibilitychange", checkLogin);
    offer = { words: "Log in", run: () => void open("/login", "_blank", "noopener") };
  }
  const { title, detail, hint } = problem;
  notices.add({ kind: "problem", words: title, detail, hint, offer });
}

/** Takes back that the studio does not answer: it did. */
export function answered(): void {
  if (notices.list.some(({ words }) => words === SILENT.title)) notices.drop(SILENT.title);
}

/** Takes back that nobody is logged in. */
export function loggedIn(): void {
  removeEventListener("focus", checkLogin);
  document.removeEventListener("visibilitychange", checkLogin);
  notices.drop(LOGGED_OUT.title);
}

/** Asks whether this browser was logged in meanwhile, in another tab. */
function checkLogin(): void {
  if (document.visibilityState !== "visible") return;
  void fetch("/api/tags").then(
    (answer) => {
      if (answer.ok) loggedIn();
    },
    () => undefined, // the studio does not answer; the next request says so
  );
}
