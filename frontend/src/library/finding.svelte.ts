/** Texts of the garden: by words as they are typed, a mark and a tag, page by page, or by likeness to one. */

import { api, got } from "../api/client";
import { drafts } from "../drafts.svelte";
import { fail } from "../notices.svelte";
import { router } from "../router.svelte";
import { selection } from "./selection.svelte";
import { ofText, type Collection, type Tag } from "./types";

export type Which = "keep" | "pin" | "all" | "away";

const PAGE = 50;
const PAUSE = 120;

class Finding {
  words = $state("");
  which = $state<Which>("keep");
  tag = $state<string>();
  /** The number of the text that they are to be like in meaning. */
  like = $state<number>();
  /** What that one is called. */
  likeTitle = $state("");
  /** Whether there are more than those that are listed. */
  more = $state(false);
  loading = $state(false);
  /** Whether anything was looked for yet. */
  looked = $state(false);
  tags = $state.raw<readonly Tag[]>([]);
  collections = $state.raw<readonly Collection[]>();
  #asking: AbortController | undefined;
  #waiting: ReturnType<typeof setTimeout> | undefined;

  /** Whether the words have a letter or a digit, or there is nothing to look for. */
  readonly searching: boolean = $derived(/[\p{L}\p{N}]/u.test(this.words));

  /** The query of the page's address. */
  get query(): string {
    const query = new URLSearchParams();
    if (this.words) query.set("words", this.words);
    if (this.which !== "keep") query.set("which", this.which);
    if (this.tag !== undefined) query.set("tag", this.tag);
    if (this.like !== undefined) query.set("like", String(this.like));
    return query.size === 0 ? "" : `?${query}`;
  }

  read(query: URLSearchParams): void {
    this.words = query.get("words") ?? "";
    const which = query.get("which");
    this.which = which === "pin" || which === "all" || which === "away" ? which : "keep";
    this.tag = query.get("tag") ?? undefined;
    const like = Number(query.get("like"));
    this.like = Number.isSafeInteger(like) && like > 0 ? like : undefined;
  }

  /** Goes to the texts, of all there are, that are like one. */
  toLike(id: number): void {
    const { path } = router.route;
    [this.words, this.which, this.tag, this.like] = ["", "all", undefined, id];
    router.go(`/library${this.query}`);
    if (path !== "/library") return; // the page that comes looks for them
    selection.clear();
    void this.look();
  }

  /** Opens what the address asks for: as it was left, or anew. */
  open(query: URLSearchParams): void {
    this.read(query);
    const words = drafts.of("search");
    if (this.query === "" && words !== undefined) {
      this.words = words; // what was looked for last, until it is cleared
      router.go(`/library${this.query}`, { replace: true });
    }
    const left = selection.comeBack(this.query);
    if (left === undefined) void this.look();
    else this.more = left.more;
  }

  /** Remembers what is listed. */
  leave(): void {
    if (this.looked && !this.loading) selection.leave(this.query, this.more);
  }

  /** Looks in a little while, unless more is typed. */
  soon(): void {
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => void this.look(), PAUSE);
  }

  async look(): Promise<void> {
    clearTimeout(this.#waiting);
    await this.#ask();
  }

  async next(): Promise<void> {
    if (this.loading || !this.more) return;
    await this.#ask(selection.things.at(-1)?.text.id);
  }

  async lists(): Promise<void> {
    try {
      [this.collections, this.tags] = await Promise.all([
        got(api.GET("/api/collections")),
        got(api.GET("/api/tags")),
      ]);
    } catch (thrown) {
      fail(thrown);
    }
  }

  async #ask(before?: number): Promise<void> {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    this.loading = true;
    const mark = this.which === "all" ? undefined : this.which;
    const words = this.searching ? this.words : undefined;
    const { like } = this;
    try {
      const query = { words, mark, tag: this.tag, like, before, limit: PAGE };
      const { signal } = asking;
      if (like !== undefined) {
        const params = { path: { text_id: like } };
        this.likeTitle = (await got(api.GET("/api/texts/{text_id}", { params, signal }))).title;
      }
      const page = await got(api.GET("/api/texts", { params: { query }, signal }));
      if (signal.aborted) return;
      const found = page.map(ofText);
      selection.things = before === undefined ? found : [...selection.things, ...found];
      if (!selection.things.some((thing) => thing.key === selection.current))
        selection.current = selection.things[0]?.key;
      this.more = like === undefined && page.length === PAGE;
      this.looked = true;
    } catch (thrown) {
      fail(thrown);
    } finally {
      if (this.#asking === asking) this.loading = false;
    }
  }
}

export const finding = new Finding();
