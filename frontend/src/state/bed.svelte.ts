/**
 * The bed that is open: what stands in it, the brood that comes, and everything a person does there.
 *
 * What a person does shows at once and is asked of the server in the order in which it was done; the answer is
 * the bed as it then stands. Where the server refuses, the bed is asked for anew and the problem is told.
 */

import { announce } from "../announcer.svelte";
import { api, got } from "../api/client";
import { Problem } from "../api/problem";
import { events } from "../api/sse";
import { fail, tell } from "../notices.svelte";
import { begin, fold, placed, type Card, type Coming } from "./coming";
import { studio } from "./studio.svelte";
import type { Bed, BedChange, Brood, Kind, Mark, SettingsChange, Text } from "./types";

const PAGE = 5;

class OpenBed {
  /** The bed; undefined before it is loaded. */
  now = $state.raw<Bed>();
  /** The brood on its way; undefined when none is. */
  coming = $state.raw<Coming>();
  /** Broods before the one that is shown, the newest first. */
  earlier = $state.raw<readonly Brood[]>([]);
  /** Whether there are still earlier ones on the server. */
  more = $state(false);
  /** Whether the connection to the server is lost just now. */
  lost = $state(false);

  /** One card for each place of the brood that comes, or else of the one that is shown. */
  readonly cards: readonly Card[] = $derived.by(() => this.#cards());
  readonly parentIds: ReadonlySet<number> = $derived(new Set(this.now?.parents.map((text) => text.id)));
  /** The broods below the one that is shown or comes, the newest first. */
  readonly below: readonly Brood[] = $derived.by(() => this.#below());
  readonly refining: boolean = $derived((this.now?.chain.length ?? 0) > 0);

  /** What stood in a place when it was dropped, by the offspring of that place; and what was taken back since. */
  #dropped = $state.raw<ReadonlyMap<number, Text>>(new Map());
  #restored = $state.raw<ReadonlySet<number>>(new Set());
  /** The brood that was shown when the one that comes began. */
  #before = $state<number>();
  #loadingMore = false;
  #asked: Promise<unknown> = Promise.resolve();
  #pending = 0;
  /** The bed as the server told it last. */
  #solid: Bed | undefined;
  #listening: AbortController | undefined;
  #following: string | undefined;
  #revision = 0;
  /** The newest revision that the server told of. */
  #heard = 0;

  /** Opens a bed; the one that was open is left as it is. */
  async open(id: number): Promise<void> {
    if (this.now?.id === id && this.#listening) return;
    this.close();
    try {
      this.#take(await got(api.GET("/api/beds/{bed_id}", { params: { path: { bed_id: id } } })));
    } catch (thrown) {
      fail(thrown);
      return;
    }
    void this.#listen(id);
    await this.#loadEarlier();
  }

  /** Opens the bed that was tended last. */
  async openLast(): Promise<void> {
    const bed = this.now?.id ?? (await studio.load())?.bed;
    if (bed !== undefined) await this.open(bed);
  }

  /** Stops listening; the bed stays as it is, and a brood goes on. */
  close(): void {
    this.#listening?.abort();
    this.#listening = undefined;
    this.#following = undefined;
    this.now = undefined;
    this.coming = undefined;
    this.earlier = [];
    this.more = false;
    this.#dropped = new Map();
    this.#restored = new Set();
    this.#revision = 0;
    this.#heard = 0;
  }

  // Breeding.

  /** Breeds the next brood: from the parents, or of the text under work. */
  async breed(how: { kind?: Kind; prompt?: string } = {}): Promise<void> {
    const bed = this.now;
    if (bed === undefined || this.coming !== undefined) return;
    const kind = how.kind ?? (this.refining ? "refined" : "bred");
    await this.#asked; // what was done before stands in the prompt
    if (this.coming !== undefined) return;
    this.#before = this.now?.brood?.id;
    this.coming = begin({ key: "", kind, n: bed.n, start: bed.start });
    const body = { bed: bed.id, kind, ...(how.prompt === undefined ? {} : { prompt: how.prompt }) };
    await this.#follow("/api/broods", { method: "POST", body });
  }

  /** Enough: what came stays. */
  async stop(): Promise<void> {
    const id = this.now?.id;
    if (this.coming === undefined || id === undefined) return;
    try {
      // While the model is still loading, only the bed knows the brood's key.
      const key = this.coming.key || (await this.#fetch(id)).running?.key;
      if (!key) return;
      await got(api.DELETE("/api/broods/running/{key}", { params: { path: { key } } }));
    } catch (thrown) {
      if (!(thrown instanceof Problem && thrown.status === 404)) fail(thrown);
    }
  }

  // Parents.

  toggleParent(text: Text): void {
    if (this.parentIds.has(text.id)) this.removeParent(text.id);
    else this.setParents([...(this.now?.parents ?? []), text]);
  }

  removeParent(id: number): void {
    this.setParents((this.now?.parents ?? []).filter((text) => text.id !== id));
  }

  /** Moves a parent up (worse, -1) or down (better, 1). */
  moveParent(id: number, by: number): void {
    const parents = [...(this.now?.parents ?? [])];
    const from = parents.findIndex((text) => text.id === id);
    const to = Math.min(Math.max(from + by, 0), parents.length - 1);
    const moved = parents[from];
    if (moved === undefined || to === from) return;
    parents.splice(from, 1);
    parents.splice(to, 0, moved);
    this.setParents(parents);
    announce(`Parent ${to + 1} of ${parents.length}.`);
  }

  setParents(parents: readonly Text[]): void {
    this.change({ parents: parents.map((text) => text.id) }, (bed) => ({ ...bed, parents: [...parents] }));
  }

  /** Puts texts that a person wrote or pasted at the end of the parents. */
  write(texts: readonly string[]): Promise<void> {
    return this.#ask(async (bed) => {
      await got(api.POST("/api/texts", { body: { texts: [...texts], keep: true, bed: bed.id } }));
      return this.#fetch(bed.id);
    });
  }

  /** Takes parents from collections. */
  takeParents(
    sources: string[],
    how: { take?: number; replace?: boolean; how?: "random" | "newest" | "all" } = {},
  ): Promise<void> {
    return this.#ask((bed) =>
      got(
        api.POST("/api/beds/{bed_id}/parents", {
          params: { path: { bed_id: bed.id } },
          body: { sources, how: "random", replace: true, ...how },
        }),
      ),
    );
  }

  // Texts.

  mark(mark: Mark, ids: readonly number[], on = true): void {
    const marked = (text: Text): Text =>
      ids.includes(text.id)
        ? {
            ...text,
            marks: on ? [...new Set([...text.marks, mark])] : text.marks.filter((each) => each !== mark),
          }
        : text;
    const show = (bed: Bed): Bed => withTexts(mark === "drop" && on ? without(bed, ids) : bed, marked);
    const touch = (): void => this.#touch(ids, marked, mark === "drop" ? on : undefined);
    // What is kept is on the disk before the page says so; the rest may be said at once.
    const soon = mark === "keep" && on;
    if (mark === "drop") this.#remember(ids, on);
    void this.#ask(
      async (bed) => {
        await got(api.POST("/api/marks", { body: { mark, ids: [...ids], on, bed: bed.id } }));
        if (soon) {
          if (this.now?.id === bed.id) this.now = show(this.now);
          touch();
          announce("Kept.");
        }
        return this.#fetch(bed.id);
      },
      soon ? undefined : show,
    );
    if (!soon) touch();
  }

  /** Keeps a text, or takes that back. */
  keep(text: Text): void {
    const on = !text.marks.includes("keep");
    this.mark("keep", [text.id], on);
    if (!on) announce("No longer kept.");
  }

  drop(text: Text): void {
    this.mark("drop", [text.id]);
    announce("Dropped. z takes it back.");
  }

  /** Takes a drop back: the text stands in its place again. */
  takeBack(text: Text): void {
    this.mark("drop", [text.id], false);
    announce("It is back in its place.");
  }

  /** Stores an edit as a child of the text, which takes its place in the bed. */
  edit(text: Text, content: string): Promise<void> {
    return this.#ask(async (bed) => {
      const edit = await got(
        api.POST("/api/texts/{text_id}/edits", {
          params: { path: { text_id: text.id } },
          body: { content, bed: bed.id },
        }),
      );
      this.#touch([text.id], () => edit);
      return this.#fetch(bed.id);
    });
  }

  // Refining.

  /** Puts a text under work, with its versions. */
  refine(id: number): Promise<void> {
    return this.#ask((bed) =>
      got(
        api.POST("/api/beds/{bed_id}/refine/{text_id}", {
          params: { path: { bed_id: bed.id, text_id: id } },
        }),
      ),
    );
  }

  /** Makes a candidate the next version; a worsened one goes before the first. */
  choose(text: Text, worse = false): void {
    const bed = this.now;
    if (bed === undefined || bed.chain.some((each) => each.id === text.id)) return;
    const chain = worse ? [text, ...bed.chain] : [...bed.chain, text];
    this.change({ chain: chain.map((each) => each.id), later: [] }, (stood) => ({
      ...stood,
      chain,
      later: [],
    }));
    announce(worse ? "It stands before the first version." : `Version ${chain.length}.`);
  }

  /** Goes back to a version; the later ones wait beside it. */
  backTo(index: number): void {
    const bed = this.now;
    if (bed === undefined || index < 0 || index >= bed.chain.length - 1) return;
    const chain = bed.chain.slice(0, index + 1);
    const later = [...bed.chain.slice(index + 1), ...bed.later];
    this.change({ chain: chain.map((each) => each.id), later: later.map((each) => each.id) }, (stood) => ({
      ...stood,
      chain,
      later,
    }));
  }

  /** Takes up the version after the last one again. */
  forward(): void {
    const [next, ...later] = this.now?.later ?? [];
    if (this.now === undefined || next === undefined) return;
    const chain = [...this.now.chain, next];
    this.change({ chain: chain.map((each) => each.id), later: later.map((each) => each.id) }, (stood) => ({
      ...stood,
      chain,
      later,
    }));
  }

  /** Takes a version out of the chain under work. */
  removeVersion(id: number): void {
    const chain = (this.now?.chain ?? []).filter((each) => each.id !== id);
    this.change({ chain: chain.map((each) => each.id) }, (stood) => ({ ...stood, chain }));
  }

  /** Leaves the text as it is, back to breeding. */
  leave(): void {
    this.change({ chain: [], later: [] }, (stood) => ({ ...stood, chain: [], later: [] }));
  }

  /** Calls the text finished: it and its chain feed the library. */
  accept(where: { poems?: string; refinements?: string } = {}): Promise<void> {
    return this.#ask(async (bed) => {
      const versions = bed.chain.length;
      const accepted = await got(
        api.POST("/api/beds/{bed_id}/accept", {
          params: { path: { bed_id: bed.id } },
          body: { poems: "poems", refinements: "refinements", ...where },
        }),
      );
      const poems = `Accepted: the poem is in “${where.poems ?? "poems"}”`;
      tell(
        versions > 1 ? `${poems}, its chain in “${where.refinements ?? "refinements"}”.` : `${poems}.`,
        () => void this.undo(),
      );
      return accepted;
    });
  }

  // The bed itself.

  /** Changes the bed; `preview` shows it at once. */
  change(change: BedChange, preview?: (bed: Bed) => Bed): void {
    void this.#ask(
      (bed) => got(api.PATCH("/api/beds/{bed_id}", { params: { path: { bed_id: bed.id } }, body: change })),
      preview,
    );
  }

  /** Changes settings; null takes one back to its default. */
  set(settings: SettingsChange): void {
    this.change({ settings }, (bed) => ({
      ...bed,
      settings: { ...bed.settings, ...settings } as Bed["settings"],
    }));
  }

  undo(): Promise<void> {
    return this.#turn("undo");
  }

  redo(): Promise<void> {
    return this.#turn("redo");
  }

  /** Looks at the bed again, after something was done with its texts elsewhere on the page. */
  async look(): Promise<void> {
    if (this.now !== undefined) await this.#reload(this.now.id);
  }

  /** Loads the next page of earlier broods. */
  async loadMore(): Promise<void> {
    if (this.#loadingMore || !this.more) return;
    this.#loadingMore = true;
    try {
      await this.#loadEarlier(this.earlier.at(-1)?.id);
    } finally {
      this.#loadingMore = false;
    }
  }

  #turn(way: "undo" | "redo"): Promise<void> {
    return this.#ask(async (bed) => {
      const params = { params: { path: { bed_id: bed.id } } };
      const turned = await got(
        way === "undo"
          ? api.POST("/api/beds/{bed_id}/undo", params)
          : api.POST("/api/beds/{bed_id}/redo", params),
      );
      announce(
        turned.act === null
          ? `There is nothing to ${way}.`
          : `${way === "undo" ? "Undone" : "Redone"}: ${turned.act}.`,
      );
      void this.#loadEarlier(undefined, { anew: true });
      return turned.bed;
    });
  }

  /** Shows a change at once and asks it of the server, after all that was asked before. */
  #ask(request: (bed: Bed) => Promise<Bed>, preview?: (bed: Bed) => Bed): Promise<void> {
    const bed = this.now;
    if (bed === undefined) return Promise.resolve();
    if (preview) this.now = preview(bed);
    this.#pending += 1;
    const asked = this.#asked.then(async () => {
      try {
        const answer = await request(this.now?.id === bed.id ? this.now : bed);
        this.#pending -= 1;
        // While something else is still asked for, the page is ahead of the server.
        if (this.#pending === 0 && this.now?.id === bed.id) {
          this.#take(answer);
          // What another tab did in the meantime was told while this was asked for.
          if (this.#heard > this.#revision) await this.#reload(bed.id);
        }
      } catch (thrown) {
        this.#pending -= 1;
        fail(thrown);
        if (this.now?.id === bed.id) {
          if (this.#solid?.id === bed.id) this.now = this.#solid; // as the server had it last
          await this.#reload(bed.id);
        }
      }
    });
    this.#asked = asked;
    return asked;
  }

  #take(bed: Bed): void {
    if (bed.revision < this.#revision && this.now?.id === bed.id) return; // an older answer came later
    this.#revision = bed.revision;
    const before = this.now?.id === bed.id ? this.now.brood?.id : undefined;
    this.#setAside(bed);
    this.now = this.#solid = bed;
    if (bed.running && !bed.running.ended && this.#following === undefined) {
      this.#before = before ?? bed.brood?.id;
      this.coming = begin(bed.running);
      void this.#follow(`/api/broods/running/${bed.running.key}`, {});
    }
  }

  #fetch(id: number): Promise<Bed> {
    return got(api.GET("/api/beds/{bed_id}", { params: { path: { bed_id: id } } }));
  }

  async #reload(id: number): Promise<void> {
    try {
      const bed = await this.#fetch(id);
      if (this.now?.id === id && this.#pending === 0) this.#take(bed);
    } catch (thrown) {
      fail(thrown);
    }
  }

  async #loadEarlier(before?: number, { anew = false } = {}): Promise<void> {
    const bed = this.now;
    if (bed === undefined) return;
    const from = before ?? bed.brood?.id;
    if (from === undefined) {
      this.earlier = [];
      this.more = false;
      return;
    }
    try {
      const page = await got(
        api.GET("/api/beds/{bed_id}/broods", {
          params: { path: { bed_id: bed.id }, query: { before: from, limit: PAGE } },
        }),
      );
      if (this.now?.id !== bed.id) return;
      // The server tells the offspring as they came; an edit that was made here stays in its place.
      const stood = new Map(anew ? [] : this.earlier.map((brood) => [brood.id, brood]));
      const fresh = page.map((brood) => withEdits(brood, stood.get(brood.id)));
      const oldest = page.at(-1)?.id ?? 0;
      const kept = before === undefined ? this.earlier.filter((brood) => brood.id < oldest) : this.earlier;
      // What was loaded by scrolling stays; a first page that ends before it leaves no gap only if it reaches it.
      const reaches = before !== undefined || this.earlier.some((brood) => brood.id === oldest);
      this.earlier = before !== undefined ? [...kept, ...fresh] : reaches ? [...fresh, ...kept] : fresh;
      if (before !== undefined || !reaches || kept.length === 0) this.more = page.length === PAGE;
    } catch (thrown) {
      fail(thrown);
    }
  }

  /** Hears what other tabs and the terminal do in this bed. */
  async #listen(id: number): Promise<void> {
    const listening = new AbortController();
    this.#listening = listening;
    const onstate = (state: "open" | "waiting"): void => {
      const back = this.lost && state === "open";
      this.lost = state === "waiting";
      if (back) void this.#reload(id);
    };
    try {
      for await (const { data } of events(`/api/beds/${id}/events`, { signal: listening.signal, onstate })) {
        const { revision, running } = JSON.parse(data) as { revision: number; running: string | null };
        this.#heard = revision;
        const news = revision > this.#revision || (running !== null && this.#following === undefined);
        if (news && this.#pending === 0) await this.#reload(id);
      }
    } catch (thrown) {
      if (!listening.signal.aborted) fail(thrown);
    }
  }

  /** Follows a brood to its end. */
  async #follow(url: string, how: { method?: "POST"; body?: unknown }): Promise<void> {
    const bed = this.now?.id;
    this.#following = url;
    let problem: unknown;
    let done: Brood | null | undefined;
    try {
      const isLast = ({ event }: { event: string }): boolean => event === "done" || event === "error";
      for await (const event of events(url, { ...how, isLast })) {
        if (this.now?.id !== bed) return; // another bed was opened meanwhile
        if (event.event === "brood") {
          const { key, kind, n, start } = JSON.parse(event.data) as {
            key: string;
            kind: Kind;
            n: number;
            start: string;
          };
          this.coming = begin({ key, kind, n, start });
        } else if (event.event === "done") {
          done = (JSON.parse(event.data) as { brood: Brood | null }).brood;
        } else if (event.event === "error") {
          problem = new Problem(JSON.parse(event.data) as { title: string });
        } else if (this.coming) {
          this.coming = fold(this.coming, event);
        }
      }
    } catch (thrown) {
      problem = thrown;
    }
    if (this.now?.id !== bed || bed === undefined) return;
    // The bed first, so that the cards are exchanged for themselves.
    await this.#asked;
    await this.#reload(bed);
    this.coming = undefined;
    this.#following = undefined;
    await this.#loadEarlier();
    if (problem !== undefined) fail(problem);
    else if (done) announce(`${done.offspring.length} of ${done.asked} came.`);
    else if (done === null) announce("Enough. Nothing had come whole.");
  }

  #cards(): readonly Card[] {
    if (this.coming) return this.coming.cards;
    const bed = this.now;
    if (bed?.brood == null) return [];
    const originals = placed(bed.shown, bed.brood.offspring);
    return bed.shown.map((shown, place) => {
      const original = originals[place];
      const dropped = original && (this.#dropped.get(original.id) ?? original);
      const back = dropped && this.#restored.has(dropped.id);
      const text = shown ?? (back ? unmarked(dropped, "drop") : undefined);
      const state = text === undefined ? ("gone" as const) : ("whole" as const);
      return {
        place,
        state,
        words: (text ?? dropped)?.content ?? "",
        text,
        reason: undefined,
        ...(text === undefined && dropped !== undefined ? { dropped } : {}),
      };
    });
  }

  #below(): readonly Brood[] {
    const shown = this.now?.brood;
    const came = this.coming?.cards.find((card) => (card.text?.brood ?? null) !== null)?.text?.brood;
    const top =
      this.coming === undefined
        ? shown?.id
        : (came ?? (this.#before === undefined ? shown?.id : this.#before + 1));
    const all =
      this.coming && shown ? [withShown(shown, this.now?.shown ?? []), ...this.earlier] : this.earlier;
    return all.filter((brood, at) => (top === undefined || brood.id < top) && brood.id !== all[at - 1]?.id);
  }

  /** A brood that is followed by another one goes below it, as it stood. */
  #setAside(next: Bed): void {
    const { brood, shown, id } = this.now ?? {};
    if (!brood || !shown || id !== next.id || !next.brood || next.brood.id <= brood.id) return;
    if (this.earlier.some((each) => each.id === brood.id)) return;
    this.earlier = [withShown(brood, shown), ...this.earlier];
  }

  /** Notes what stood where it was dropped, for the server no longer says. */
  #remember(ids: readonly number[], on: boolean): void {
    const { brood, shown } = this.now ?? {};
    if (on && brood && shown) {
      const originals = placed(shown, brood.offspring);
      const gone = shown.flatMap((text, place) => {
        const original = originals[place];
        return text && original && ids.includes(text.id) ? [[original.id, text] as const] : [];
      });
      this.#dropped = new Map([...this.#dropped, ...gone]);
    }
    const restored = [...this.#restored].filter((id) => !ids.includes(id));
    this.#restored = new Set(on ? restored : [...restored, ...ids]);
  }

  /** Changes cards of a brood that still comes, and texts of earlier ones. */
  #touch(ids: readonly number[], change: (text: Text) => Text, gone?: boolean): void {
    const one = (text: Text): Text => (ids.includes(text.id) ? change(text) : text);
    if (this.coming) {
      const cards = this.coming.cards.map((card): Card => {
        const stood = card.text ?? card.dropped;
        if (stood === undefined || !ids.includes(stood.id)) return card;
        const text = change(stood);
        if (gone) return { ...card, state: "gone", words: text.content, text: undefined, dropped: text };
        return {
          ...card,
          state: gone === false && card.state === "gone" ? "whole" : card.state,
          words: text.content,
          text,
          dropped: undefined,
        };
      });
      this.coming = { ...this.coming, cards };
    }
    // A brood that is not touched stays the same object, so that a thousand cards need not look at themselves.
    const touched = ({ offspring }: Brood): boolean => offspring.some(({ id }) => ids.includes(id));
    if (!this.earlier.some(touched)) return;
    this.earlier = this.earlier.map((brood) =>
      touched(brood) ? { ...brood, offspring: brood.offspring.map(one) } : brood,
    );
  }
}

function unmarked(text: Text, mark: Mark): Text {
  return { ...text, marks: text.marks.filter((each) => each !== mark) };
}

/** The brood as it is told anew, with the edits that stood in it. */
function withEdits(brood: Brood, stood: Brood | undefined): Brood {
  if (stood === undefined) return brood;
  const offspring = brood.offspring.map((text, at) => {
    const there = stood.offspring[at];
    return there !== undefined && there.id !== text.id ? there : text;
  });
  return { ...brood, offspring };
}

/** The brood with its edits in their places. */
function withShown(brood: Brood, shown: readonly (Text | null)[]): Brood {
  const originals = placed(shown, brood.offspring);
  const now = new Map(shown.flatMap((text, place) => (text ? [[originals[place]?.id, text] as const] : [])));
  const offspring = brood.offspring.map((each) => {
    const there = now.get(each.id);
    if (there !== undefined) return there;
    return each.marks.includes("drop") ? each : { ...each, marks: [...each.marks, "drop" as const] };
  });
  return { ...brood, offspring };
}

function withTexts(bed: Bed, change: (text: Text) => Text): Bed {
  return {
    ...bed,
    parents: bed.parents.map(change),
    chain: bed.chain.map(change),
    shown: bed.shown.map((text) => (text === null ? null : change(text))),
  };
}

function without(bed: Bed, ids: readonly number[]): Bed {
  return {
    ...bed,
    parents: bed.parents.filter((text) => !ids.includes(text.id)),
    shown: bed.shown.map((text) => (text !== null && ids.includes(text.id) ? null : text)),
  };
}

export const bed = new OpenBed();
