/** What is being shared: a text, what it draws or plays, or its family, as a file that the server makes. */

import { api, asProblem, got, isAbort, type Problem, type components, type paths } from "../api/client";
import { firstLine } from "../words";

type Query = NonNullable<paths["/api/texts/{text_id}/share"]["get"]["parameters"]["query"]>;
/** "file" is what a text draws or plays, alone. */
export type Form = NonNullable<Query["form"]> | "file";
export type Scope = NonNullable<Query["scope"]>;
export type Size = NonNullable<Query["size"]>;
type Contents = components["schemas"]["SharedContents"];
type Medium = components["schemas"]["TextBody"]["medium"];

interface Shared {
  readonly id: number;
  readonly title: string;
  /** The title that a person gave it. */
  readonly named?: string;
  /** What it can be rendered as, where it can be saved as that. */
  readonly medium?: Medium;
}

/** What the server made, and how it is looked at before it is taken. */
interface Made {
  readonly file: Blob;
  readonly answer: Response;
  /** Of a picture: its address, as data. */
  readonly picture?: string;
  /** Of a plain text: its words. */
  readonly words?: string;
}

/** Pixels; the side of a picture where nobody says. */
const SIDE = 512;

class Sharing {
  /** The text; undefined while nothing is shared. */
  text = $state.raw<Shared>();
  form = $state<Form>("picture");
  scope = $state<Scope>("text");
  examples = $state(false);
  size = $state<Size | "">("");
  look = $state<"day" | "night">("day");
  title = $state("");
  by = $state("");
  credit = $state(false);
  /** The forms in which the file of the text can be written here; undefined until the server has said. */
  endings = $state.raw<readonly string[]>();
  ending = $state("");
  side = $state(SIDE);

  made = $state.raw<Made>();
  contents = $state.raw<Contents>();
  problem = $state.raw<Problem>();
  looking = $state(false);
  #asking: AbortController | undefined;

  readonly name: string = $derived(firstLine(this.text?.title ?? "", 60));
  /** What is asked of the server, and what changes what it makes. */
  readonly query: Query = $derived({
    form: this.form === "file" ? "text" : this.form,
    scope: this.scope,
    examples: this.examples,
    look: this.look,
    title: this.title,
    by: this.by,
    credit: this.credit,
    ...(this.size === "" ? {} : { size: this.size }),
  });

  /** Whether the chosen form of file is made of pixels, as many as are asked for. */
  readonly isSized: boolean = $derived(["png", "webp", "gif", "mp4", "webm"].includes(this.ending));

  /** Begins to share a text, under its title if a person gave it one; from its family's page, with the family there. */
  begin(
    text: Shared,
    { scope = "text", examples = false }: { scope?: Scope; examples?: boolean } = {},
  ): void {
    this.title = text.named ?? "";
    this.size = "";
    this.scope = scope;
    this.examples = examples;
    this.made = undefined;
    this.contents = undefined;
    this.endings = undefined;
    this.ending = "";
    this.side = SIDE;
    if (this.form === "file" || text.medium) this.form = text.medium ? "file" : "picture";
    this.text = text;
  }

  close(): void {
    this.#asking?.abort();
    this.text = undefined;
  }

  /** Something else is asked for now, and what is there or on its way is not it. */
  outdate(): void {
    this.#asking?.abort();
    this.looking = true;
  }

  /** Has the server make what is asked for; of a page, only say what would be in it. */
  async refresh(): Promise<void> {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    this.looking = true;
    try {
      if (this.form === "file") {
        await this.#findEndings(asking.signal);
        if (asking.signal.aborted) return;
        this.made = undefined; // the file is made when it is taken
        this.problem = undefined;
        return;
      }
      const contents = await this.#contents(asking.signal);
      const made = this.form === "page" ? undefined : await this.#make(asking.signal);
      if (asking.signal.aborted) return;
      this.contents = contents;
      this.made = made;
      this.problem = undefined;
    } catch (thrown) {
      if (isAbort(thrown) || asking.signal.aborted) return;
      this.problem = asProblem(thrown);
      this.made = undefined;
    } finally {
      if (!asking.signal.aborted) this.looking = false; // else a newer question is on its way
    }
  }

  /** Gives the file to be taken. */
  async take(): Promise<Made> {
    return this.made ?? this.#make();
  }

  #contents(signal: AbortSignal): Promise<Contents> {
    const path = { text_id: this.text?.id ?? 0 };
    return got(
      api.GET("/api/texts/{text_id}/share/contents", { params: { path, query: this.query }, signal }),
    );
  }

  async #findEndings(signal: AbortSignal): Promise<void> {
    const path = { text_id: this.text?.id ?? 0 };
    const { forms } = await got(api.GET("/api/texts/{text_id}/forms", { params: { path }, signal }));
    if (signal.aborted) return;
    this.endings = forms;
    this.ending ||= forms[0] ?? "";
  }

  async #render(): Promise<Made> {
    const { data, response } = await api.GET("/api/texts/{text_id}/render", {
      params: {
        path: { text_id: this.text?.id ?? 0 },
        query: { format: this.ending, ...(this.isSized ? { size: this.side } : {}) },
      },
      parseAs: "blob",
    });
    return { file: data as unknown as Blob, answer: response };
  }

  async #make(signal?: AbortSignal): Promise<Made> {
    if (this.form === "file") return this.#render();
    const { data, response } = await api.GET("/api/texts/{text_id}/share", {
      params: { path: { text_id: this.text?.id ?? 0 }, query: this.query },
      parseAs: "blob",
      signal,
    });
    const file = data as unknown as Blob;
    if (this.form === "picture") return { file, answer: response, picture: await addressOf(file) };
    if (this.form === "text") return { file, answer: response, words: await file.text() };
    return { file, answer: response };
  }
}

/** The page may show pictures of its own host and of data, and of nothing else. */
function addressOf(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error("The picture cannot be read."));
    reader.readAsDataURL(file);
  });
}

export const sharing = new Sharing();
