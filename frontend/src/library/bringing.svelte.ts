/** A file on its way in: looked at first, then brought in as it was looked at. */

import { api, asProblem, got, isAbort, type Problem } from "../api/client";
import { router } from "../router.svelte";
import { ruleOf } from "../words";
import type { Found } from "./types";

export type Take = "marked" | "leaves" | "current" | "split";

/** The name that words have which were pasted, or dropped as words. */
export const PASTED = "pasted.txt";
/** The most texts that become parents at once. */
export const MOST = 5_000;

/** So many bytes of a file show what stands between its texts. */
const SHOWS = 2 ** 20;
const LARGEST = 64 * 2 ** 20;
const PLAIN = ["plain text", "CSV", "JSON", "Texts of another garden", "Markdown pages"];

export class Bringing {
  file = $state.raw<File>();
  found = $state.raw<Found>();
  problem = $state.raw<Problem>();
  looking = $state(false);
  form = $state("");
  take = $state<Take>("marked");
  separator = $state("");
  column = $state("");
  encoding = $state("");
  unescape = $state(false);
  into = $state("");
  by = $state("");
  /** Whether a person here wrote what a person wrote there. */
  mine = $state(false);
  /** Where they go: into the library alone, among the parents of the open bed, or into a bed of their own. */
  to = $state<"library" | "parents" | "bed" | `bed ${number}`>("library");
  #asking: AbortController | undefined;
  #looked: Promise<void> = Promise.resolve();
  /** Whether it was looked for what stands between the texts. */
  #isSought = false;

  readonly isPasted: boolean = $derived(this.file?.name === PASTED);

  readonly isLoom: boolean = $derived(this.found !== undefined && !PLAIN.includes(this.found.format));
  readonly canJoin: boolean = $derived(this.found !== undefined && this.found.format !== "Markdown pages");

  /** Whether what a person wrote in it could be a person's here: texts of a garden, and pages. */
  readonly canBeMine: boolean = $derived(
    this.found?.format === "Texts of another garden" || this.found?.format === "Markdown pages",
  );

  /** Whether they can become parents: what was changed in pages has its places already. */
  readonly canBreed: boolean = $derived(this.canJoin && (this.found?.count ?? 0) > 0);

  choose(file: File): void {
    // What was pasted before and not brought in stays: it is joined, and can be thrown away.
    const both = file.name === PASTED && this.file?.name === PASTED;
    const between = this.separator || "\n---\n";
    this.file = both ? new File([this.file!, between, file], PASTED, { type: file.type }) : file;
    this.by = "";
    this.mine = false;
    this.form = "";
    this.column = "";
    this.encoding = "";
    if (!both) this.separator = "";
    this.#isSought = both;
    this.to = router.route.page === "breed" ? "parents" : "library";
    void this.look();
  }

  look(): Promise<void> {
    this.#looked = this.#look();
    return this.#looked;
  }

  async #look(): Promise<void> {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    this.looking = true;
    try {
      const found = await this.#send(true, asking.signal);
      if (asking.signal.aborted) return;
      if (!this.#isSought && this.file !== undefined && found?.format === "plain text" && found.count === 1) {
        this.#isSought = true;
        const rule = ruleOf(await this.file.slice(0, SHOWS).text());
        if (asking.signal.aborted) return;
        if (rule !== undefined && this.separator === "") {
          this.separator = `\n${rule}\n`;
          return await this.#look();
        }
      }
      this.found = found;
      this.problem = undefined;
    } catch (thrown) {
      if (isAbort(thrown)) return;
      this.problem = asProblem(thrown);
      this.found = undefined;
    } finally {
      if (this.#asking === asking) this.looking = false;
    }
  }

  /** Brings it in, once it was looked at as it is to be read now; throws what was wrong. */
  async bring(): Promise<Found | undefined> {
    await this.#looked;
    return this.found === undefined || this.found.count === 0 ? undefined : this.#send(false);
  }

  throwAway(): void {
    this.#asking?.abort();
    this.file = this.found = this.problem = undefined;
  }

  async #send(preview: boolean, signal?: AbortSignal): Promise<Found | undefined> {
    const file = this.file;
    if (file === undefined) return undefined;
    if (file.size > LARGEST)
      throw Object.assign(asProblem(new Error("It has more than 64 MB.")), {
        hint: "Bring it in in several parts.",
      });
    const query = {
      name: file.name,
      preview,
      form: this.form || undefined,
      take: this.take,
      separator: this.separator || undefined,
      column: this.column || undefined,
      encoding: this.encoding || undefined,
      unescape: this.unescape,
      by: this.by.trim() || undefined,
      mine: (!preview && this.canBeMine && this.mine) || undefined,
      into: preview || !this.canJoin ? undefined : this.into.trim() || undefined,
    };
    return got(
      api.POST("/api/import", {
        params: { query },
        body: file as unknown as string,
        bodySerializer: (body) => body as unknown as BodyInit,
        headers: { "content-type": "application/octet-stream" },
        signal,
      }),
    );
  }
}
