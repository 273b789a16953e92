/**
 * The bed that is open: what stands in it, the brood that comes, and everything a person does there.
 */

import { SvelteSet } from "svelte/reactivity";

import { announce } from "../announcer.svelte";
import { api, got } from "../api/client";
import { Problem } from "../api/problem";
import { events } from "../api/sse";
import { drafts } from "../drafts.svelte";
import { fail, loggedIn, notices, tell } from "../notices.svelte";
import { inSight, shownOrder, type Card, type Coming } from "./coming";
import { Dropped } from "./dropped.svelte";
import { effect } from "./effect.svelte";
import { Earlier } from "./earlier.svelte";
import { Following } from "./following.svelte";
import { fetchBed, SyncedBed, type Request } from "./synced.svelte";
import { marked, without, withShown, withTexts } from "./marking";
import { studio } from "./studio.svelte";
import { DEFAULT } from "../kinds";
import type {
  Bed,
  BedChange,
  Brood,
  Changed,
  Cost,
  Exchange,
  Operation,
  Mark,
  Regrown,
  Round,
  SettingsChange,
  Text,
  TextKind,
} from "./types";

/** Milliseconds of calm before it is asked what the bed has cost, and between looks at it while a brood comes. */
const CALM = 800;

class OpenBed {
  /** What its broods have cost; undefined before that is known. */
  cost = $state.raw<Cost>();
  /** Its last rounds, the oldest first: how many were kept of each, and how much it repeats. */
  rounds = $state.raw<readonly Round[]>([]);
  /** Whether the connection to the server is lost just now. */
  lost = $state(false);
  /** The text that the server was asked to put under work, until it has answered. */
  toRefine = $state.raw<Text>();

  readonly #synced = new SyncedBed(
    (bed, before) => this.#taking(bed, before),
    () => this.#acting(),
  );
  readonly #earlier = new Earlier();
  readonly #dropped = new Dropped();
  readonly #following = new Following();

  /** Whether all of the brood is shown, also where some were chosen to be shown first. */
  rest = $state(false);
  /** One card for each place of the brood that comes, or else of the one that is shown: all of them. */
  readonly #all: readonly Card[] = $derived(this.coming?.cards ?? this.#dropped.cards(this.now));
  /** How many of how many are chosen to be shown first; undefined where all are shown. */
  readonly choice: { shown: number; of: number } | undefined = $derived.by(() => {
    const shown = this.coming?.shown ?? this.now?.brood?.first.length ?? 0;
    return shown > 0 && shown < this.#all.length ? { shown, of: this.#all.length } : undefined;
  });
  /** The cards that are shown. */
  readonly cards: readonly Card[] = $derived.by(() => {
    if (this.choice === undefined || this.rest) return this.#all;
    return this.coming ? inSight(this.coming) : this.#all.slice(0, this.choice.shown);
  });
  /** The cards of offspring: not of drafts that are made worse on purpose, which belong to refining alone. */
  readonly offspring: readonly Card[] = $derived.by(() =>
    (this.coming?.operation ?? this.now?.brood?.operation) === "worsened" ? [] : this.cards,
  );
  /** The texts on the cards that are shown, those of earlier broods after them. */
  get shown(): readonly Text[] {
    const now = this.offspring.flatMap(({ text }) => (text === undefined ? [] : [text]));
    return [...now, ...this.below.flatMap(({ offspring }) => offspring)];
  }

  readonly parentIds: ReadonlySet<number> = $derived(new Set(this.now?.parents.map((text) => text.id)));
  /** The numbers of earlier broods that are shown whole, also where some were chosen. */
  readonly whole = new SvelteSet<number>();
  /** The broods below the one that is shown or comes, the newest first. */
  readonly below: readonly Brood[] = $derived.by(() => this.#below());
  readonly refining: boolean = $derived((this.now?.chain.length ?? 0) > 0);

  /** The brood that was shown when the one that comes began. */
  #before = $state<number>();
  #opening: { id: number; done: Promise<void> } | undefined;
  #listening: AbortController | undefined;
  #counting: ReturnType<typeof setTimeout> | undefined;
  /** What was pressed last for each text of which the server has not answered yet whether it is kept. */
  readonly #keeping = new Map<number, { readonly on: boolean }>();
  /** What was told of the bed last, and when it is looked at while a brood comes. */
  #told: Changed | undefined;
  #hearing: ReturnType<typeof setTimeout> | undefined;
  /** How often something was done here, and the notices that offer to take back what was done last. */
  #acts = 0;
  #offers: readonly number[] = [];

  /** The bed; undefined before it is loaded. */
  get now(): Bed | undefined {
    return this.#synced.now;
  }

  /** The kind of its texts. */
  get kind(): TextKind {
    return this.now?.kind ?? DEFAULT;
  }

  /** Says how a text of the bed is shown: as its kind is, also where the bed has become one of another kind since. */
  mediumOf(text: Text): TextKind["medium"] {
    const its =
      text.origin.pattern === this.now?.pattern ? undefined : studio.mediumOf(text, this.kind.medium);
    return its === undefined || its === "chain" ? this.kind.medium : its;
  }

  /** Makes it a bed of another kind of text, with the pattern of that kind. */
  become(kind: TextKind): void {
    this.change({ kind: kind.name }, (stood) => ({ ...stood, kind, pattern: kind.pattern }));
  }

  /** The brood on its way; undefined when none is. */
  get coming(): Coming | undefined {
    return this.#following.coming;
  }

  /** Broods before the one that is shown, the newest first. */
  get earlier(): readonly Brood[] {
    return this.#earlier.broods;
  }

  /** Whether there are still earlier ones on the server. */
  get more(): boolean {
    return this.#earlier.more;
  }

  /** Opens a bed; the one that was open is left as it is. */
  open(id: number): Promise<void> {
    if (this.now?.id === id && this.#listening) return Promise.resolve();
    if (this.#opening?.id === id) return this.#opening.done;
    const opening = { id, done: this.#open(id) };
    this.#opening = opening;
    return opening.done.finally(() => {
      if (this.#opening === opening) this.#opening = undefined;
    });
  }

  /** Opens the bed that was tended last, on this page or elsewhere; `atOnce` as a page opens. */
  async openLast({ atOnce = false } = {}): Promise<void> {
    if (this.now !== undefined) return this.open(this.now.id);
    if (this.#opening !== undefined) return this.#opening.done;
    const last = await studio.last(atOnce);
    if (last !== undefined && this.now === undefined && this.#opening === undefined) this.#begin(last);
  }

  /** Opens the bed of an address, as a page opens; without one, the bed that is open or was tended last. */
  async openAt(id: number | undefined): Promise<void> {
    if (id === undefined) return this.openLast({ atOnce: true });
    if (this.now === undefined && this.#opening === undefined) {
      const last = await studio.last(true);
      if (last?.id === id && this.now === undefined && this.#opening === undefined) return this.#begin(last);
    }
    await this.open(id);
  }

  /** Stops listening; the bed stays as it is, and a brood goes on. */
  close(): void {
    this.#acting();
    this.#listening?.abort();
    this.#listening = undefined;
    clearTimeout(this.#counting);
    clearTimeout(this.#hearing);
    this.#hearing = undefined;
    this.#synced.clear();
    this.#earlier.clear();
    this.#dropped.clear();
    this.#following.end();
    this.toRefine = undefined;
    this.cost = undefined;
    this.rounds = [];
  }

  async #open(id: number): Promise<void> {
    this.close();
    try {
      const bed = await fetchBed(id);
      if (this.#opening === undefined || this.#opening.id === id) this.#begin(bed);
    } catch (thrown) {
      fail(thrown);
    }
  }

  #begin(bed: Bed): void {
    this.rest = false;
    this.#synced.take(bed);
    void this.#listen(bed.id);
    void this.#earlier.load(bed);
    this.#count();
  }

  // Breeding.

  /** Breeds the next brood: from the parents, or of the text under work. */
  async breed(how: { operation?: Operation; prompt?: string; regrow?: Regrown } = {}): Promise<void> {
    if (how.regrow === undefined) void this.storeStart();
    const bed = this.now;
    if (bed === undefined || this.coming !== undefined) return;
    const operation = how.operation ?? (this.refining ? "refined" : "bred");
    await this.#synced.settled(); // what was done before stands in the prompt
    if (this.coming !== undefined) return;
    this.#acting();
    this.#before = this.now?.brood?.id;
    this.rest = false;
    const start = how.regrow === undefined ? bed.start : "";
    this.#following.begin({ key: "", operation, n: bed.n, shown: bed.n, start, start_spans: [] });
    const { prompt, regrow } = how;
    const body = {
      ...{ bed: bed.id, operation },
      ...(prompt === undefined ? {} : { prompt }),
      ...(regrow === undefined ? {} : { regrow }),
    };
    await this.#follow(bed.id, "/api/broods", { method: "POST", body });
  }

  /** Stores the start words that were typed, also those that were typed before a reload. */
  async storeStart(): Promise<void> {
    const bed = this.now;
    if (bed === undefined) return;
    const place = `start:${bed.id}`;
    const words = drafts.of(place, bed.start);
    if (words === undefined) return;
    if (await this.change({ start: words }, (stood) => ({ ...stood, start: words })))
      drafts.stored(place, words);
  }

  /** Enough: what came stays. */
  async stop(): Promise<void> {
    const id = this.now?.id;
    if (this.coming === undefined || id === undefined) return;
    try {
      // While the model is still loading, only the bed knows the brood's key.
      const key = this.coming.key || (await fetchBed(id)).running?.key;
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
  write(texts: readonly string[]): Promise<boolean> {
    const store = async (bed: Bed): Promise<Bed> => {
      await got(api.POST("/api/texts", { body: { texts: [...texts], keep: true, bed: bed.id } }));
      return fetchBed(bed.id);
    };
    return this.#synced.ask(store, undefined, texts);
  }

  /** Takes parents from collections. */
  takeParents(
    sources: string[],
    how: { take?: number; replace?: boolean; how?: "random" | "newest" | "all" } = {},
  ): Promise<boolean> {
    return this.#synced.ask((bed) =>
      got(
        api.POST("/api/beds/{bed_id}/parents", {
          params: { path: { bed_id: bed.id } },
          body: { sources, how: "random", replace: true, ...how },
        }),
      ),
    );
  }

  /** Puts other texts in the places of parents, in front of those that stay. */
  exchange(exchanges: readonly Exchange[]): Promise<boolean> {
    const body = { exchanges: exchanges.map(({ out, into }) => ({ out: out.id, into: into.id })) };
    return this.#synced.ask((bed) =>
      got(api.POST("/api/beds/{bed_id}/exchanges", { params: { path: { bed_id: bed.id } }, body })),
    );
  }

  // Texts.

  /** Marks texts, or takes that back; what is stored is shown unless something else is `wanted` by then. */
  mark(mark: Mark, ids: readonly number[], on = true, wanted: () => boolean = () => true): Promise<boolean> {
    const change = (text: Text): Text => (ids.includes(text.id) ? marked(text, mark, on) : text);
    const show = (bed: Bed): Bed => withTexts(mark === "drop" && on ? without(bed, ids) : bed, change);
    const touched = (): void => this.#touch(ids, change, mark === "drop" ? on : undefined);
    const seen = this.#seen(ids); // as it stood when it was chosen
    // What is kept is on the disk before the page says so; the rest may be said at once.
    const soon = mark === "keep" && on;
    if (mark === "drop") this.#dropped.note(this.now, ids, on);
    const request: Request = async (bed) => {
      await got(api.POST("/api/marks", { body: { mark, ids: [...ids], on, bed: bed.id, seen } }));
      if (mark === "keep") this.#count(CALM);
      if (!soon || !wanted()) return undefined;
      if (this.now?.id === bed.id) this.#synced.show(show);
      touched();
      announce("Kept.");
      return undefined;
    };
    const done = this.#synced.ask(request, soon ? undefined : show);
    if (!soon) touched();
    return done;
  }

  /**
   * Keeps a text, or takes that back, also while it is still being stored. That it is being kept shows at once, and
   * "kept" once it is on the disk.
   */
  keep(text: Text): void {
    const on = !(this.#keeping.get(text.id)?.on ?? text.marks.includes("keep"));
    const press = { on };
    const isLast = (): boolean => this.#keeping.get(text.id) === press;
    this.#keeping.set(text.id, press);
    effect.show(text, on ? "keeping" : "no longer kept");
    if (!on) announce("No longer kept.");
    void this.mark("keep", [text.id], on, isLast).then((stored) => {
      if (!isLast()) return; // a later press counts
      this.#keeping.delete(text.id);
      if (!on || effect.now?.id !== text.id) return; // what was done since then is shown
      if (stored) effect.show(text, "kept");
      else effect.clear();
    });
  }

  drop(text: Text): void {
    void this.mark("drop", [text.id]);
    announce("Dropped. z takes it back.");
  }

  /** Takes a drop back: the text stands in its place again. */
  takeBack(text: Text): void {
    void this.mark("drop", [text.id], false);
    announce("It is back in its place.");
  }

  /** Stores an edit as a child of the text, which takes its place in the bed; gives it, or nothing where it failed. */
  async edit(text: Text, content: string): Promise<Text | undefined> {
    let edit: Text | undefined;
    const store = async (bed: Bed): Promise<Bed> => {
      const stored = await got(
        api.POST("/api/texts/{text_id}/edits", {
          params: { path: { text_id: text.id } },
          body: { content, bed: bed.id },
        }),
      );
      edit = stored;
      this.#touch([text.id], () => stored);
      return fetchBed(bed.id);
    };
    return (await this.#synced.ask(store, undefined, [content])) ? edit : undefined;
  }

  /** Puts another word into the place of one, as an edit; gives the edit, or nothing where it failed. */
  async putWord(text: Text, at: number, word: string): Promise<Text | undefined> {
    let edit: Text | undefined;
    const store = async (bed: Bed): Promise<Bed> => {
      const params = { path: { text_id: text.id } };
      const body = { at, word, bed: bed.id };
      const stored = await got(api.POST("/api/texts/{text_id}/words", { params, body }));
      edit = stored;
      this.#touch([text.id], () => stored);
      return fetchBed(bed.id);
    };
    return (await this.#synced.ask(store, undefined, [word])) ? edit : undefined;
  }

  // Refining.

  /** Puts a text under work, with its versions; the text itself is shown at once where it is given. */
  async refine(id: number, text?: Text): Promise<boolean> {
    this.toRefine = text;
    const done = await this.#synced.ask((bed) =>
      got(
        api.POST("/api/beds/{bed_id}/refine/{text_id}", {
          params: { path: { bed_id: bed.id, text_id: id } },
        }),
      ),
    );
    if (this.toRefine === text) this.toRefine = undefined;
    return done;
  }

  /** Makes a candidate the next version; a worsened one goes before the first. */
  choose(text: Text, worse = false): void {
    const chain = this.now?.chain ?? [];
    if (this.now === undefined || chain.some((each) => each.id === text.id)) return;
    this.#work(worse ? [text, ...chain] : [...chain, text], []);
    announce(worse ? "It stands before the first version." : `Version ${chain.length + 1}.`);
  }

  /** Goes back to a version; the later ones wait beside it. */
  backTo(index: number): void {
    const { chain, later } = this.now ?? { chain: [], later: [] };
    if (index < 0 || index >= chain.length - 1) return;
    this.#work(chain.slice(0, index + 1), [...chain.slice(index + 1), ...later]);
  }

  /** Takes up the version after the last one again. */
  forward(): void {
    const [next, ...later] = this.now?.later ?? [];
    if (this.now !== undefined && next !== undefined) this.#work([...this.now.chain, next], later);
  }

  /** Takes a version out of the chain under work. */
  removeVersion(id: number): void {
    const { chain, later } = this.now ?? { chain: [], later: [] };
    this.#work(
      chain.filter((each) => each.id !== id),
      later,
    );
  }

  /** Leaves the text as it is, back to breeding. */
  leave(): void {
    this.#work([], []);
  }

  /** Puts versions under work, worst first, and beside them those that were gone back from. */
  #work(chain: readonly Text[], later: readonly Text[]): void {
    this.change({ chain: chain.map(({ id }) => id), later: later.map(({ id }) => id) }, (bed) => ({
      ...bed,
      chain: [...chain],
      later: [...later],
    }));
  }

  /** Calls the text finished: it and its chain feed the library. */
  accept(where: { poems?: string; refinements?: string } = {}): Promise<boolean> {
    return this.#synced.ask(async (bed) => {
      const accepted = await got(
        api.POST("/api/beds/{bed_id}/accept", {
          params: { path: { bed_id: bed.id } },
          body: where,
        }),
      );
      return accepted;
    });
  }

  // The bed itself.

  /** Changes the bed; `preview` shows it at once. Gives whether the server did it. */
  change(change: BedChange, preview?: (bed: Bed) => Bed): Promise<boolean> {
    // What another tab did to the lists meanwhile is merged with this by the server.
    const body = { ...change };
    if (change.parents) body.seen = this.#seen(change.parents.filter((id) => !this.parentIds.has(id)));
    if (change.parents) body.parents_seen = this.now?.parents.map(({ id }) => id);
    if (change.chain) body.chain_seen = this.now?.chain.map(({ id }) => id);
    return this.#synced.ask((bed) => {
      // What is shown already need not be told: the bed is asked for when nothing else is.
      const header = preview ? { prefer: "return=minimal" } : {};
      const params = { path: { bed_id: bed.id }, header };
      return got(api.PATCH("/api/beds/{bed_id}", { params, body }));
    }, preview);
  }

  /** Changes settings; null takes one back to its default. */
  set(settings: SettingsChange): Promise<boolean> {
    return this.change({ settings }, (bed) => ({
      ...bed,
      settings: { ...bed.settings, ...settings } as Bed["settings"],
    }));
  }

  undo(): Promise<boolean> {
    return this.#turn("undo");
  }

  /** Says what was just done here, and offers to take it back until something else is done. */
  tellDone(words: string): void {
    this.#offers = [...this.#offers, tell(words, () => void this.undo())];
  }

  /** Gives what takes back what was just done here; it does nothing once something else was done. */
  undoing(): () => Promise<unknown> {
    const acts = this.#acts;
    return () => (acts === this.#acts ? this.undo() : Promise.resolve());
  }

  /** Takes back the offers to undo what was done last: it is something else from now on. */
  #acting(): void {
    this.#acts += 1;
    for (const offer of this.#offers) notices.close(offer);
    this.#offers = [];
  }

  redo(): Promise<boolean> {
    return this.#turn("redo");
  }

  /** Looks at the bed again, after something was done with its texts elsewhere on the page. */
  look(): Promise<void> {
    return this.#synced.reload();
  }

  /** Loads the next page of earlier broods. */
  loadMore(): Promise<void> {
    return this.#earlier.loadMore();
  }

  async #turn(way: "undo" | "redo"): Promise<boolean> {
    const waiting = way === "undo" ? "Undoing …" : "Doing it again …";
    if (this.now !== undefined) tell(waiting);
    effect.clear();
    const turn = async (bed: Bed): Promise<Bed> => {
      const params = { params: { path: { bed_id: bed.id } } };
      const turned = await got(
        way === "undo"
          ? api.POST("/api/beds/{bed_id}/undo", params)
          : api.POST("/api/beds/{bed_id}/redo", params),
      );
      const did = way === "undo" ? "Undone" : "Done again";
      const words = turned.act === null ? `There is nothing to ${way}.` : `${did}: ${turned.words}.`;
      notices.drop(waiting);
      announce(words);
      tell(words);
      void this.#earlier.load(turned.bed, { anew: true });
      this.#count(CALM);
      return turned.bed;
    };
    const done = await (way === "undo" ? this.#synced.undo(turn) : this.#synced.ask(turn));
    if (!done) notices.drop(waiting);
    return done;
  }

  /** Takes what a bed that the server tells means for the rest. */
  #taking(bed: Bed, before: Bed | undefined): void {
    // A brood that is followed by another one goes below it, as it stood.
    if (before?.brood && bed.brood && bed.brood.id > before.brood.id)
      this.#earlier.add(before.brood, before.shown);
    if (!bed.running || bed.running.ended || this.#following.isOn) return;
    this.#before = before?.brood?.id ?? bed.brood?.id;
    this.rest = false;
    this.#following.begin(bed.running);
    void this.#follow(bed.id, `/api/broods/running/${bed.running.key}`, {});
  }

  /** Asks what the bed has cost and where it stands, after some calm. */
  #count(calm = 0): void {
    clearTimeout(this.#counting);
    this.#counting = setTimeout(async () => {
      const id = this.now?.id;
      if (id === undefined) return;
      try {
        const params = { path: { bed_id: id } };
        const [cost, rounds] = await Promise.all([
          got(api.GET("/api/beds/{bed_id}/cost", { params })),
          got(api.GET("/api/beds/{bed_id}/rounds", { params })),
        ]);
        if (this.now?.id !== id) return;
        this.cost = cost;
        this.rounds = rounds;
      } catch {
        // It is not worth a word; the bed's own connection tells that the server is lost.
      }
    }, calm);
  }

  /** Hears what other tabs and the terminal do in this bed. */
  async #listen(id: number): Promise<void> {
    const listening = new AbortController();
    this.#listening = listening;
    const onstate = (state: "open" | "waiting"): void => {
      const back = this.lost && state === "open";
      this.lost = state === "waiting";
      if (back && this.now?.id === id) void this.#synced.reload();
    };
    try {
      for await (const { data } of events(`/api/beds/${id}/events`, { signal: listening.signal, onstate })) {
        const changed = JSON.parse(data) as Changed;
        if (this.now?.id !== id) return;
        this.#told = changed;
        if (this.#following.isOn) this.#hearing ??= setTimeout(() => this.#hear(id), CALM);
        else this.#synced.hear(changed, { anyway: changed.running !== null });
      }
    } catch (thrown) {
      if (listening.signal.aborted) return;
      this.lost = false;
      fail(thrown);
      if (thrown instanceof Problem && thrown.isLoggedOut) this.#comeBack(id, listening);
    }
  }

  /** Looks at the bed while a brood comes, if something else changed; of the brood its own events tell. */
  #hear(id: number): void {
    this.#hearing = undefined;
    if (this.#told !== undefined && this.now?.id === id) this.#synced.hear(this.#told);
  }

  /** Goes on listening once the person comes back to this page, perhaps from logging in elsewhere. */
  #comeBack(id: number, listening: AbortController): void {
    const { signal } = listening;
    const again = async (): Promise<void> => {
      if (this.now?.id !== id || signal.aborted) return;
      try {
        await fetchBed(id);
      } catch {
        this.#comeBack(id, listening);
        return;
      }
      loggedIn();
      void this.#synced.reload();
      void this.#listen(id);
    };
    addEventListener("focus", () => void again(), { once: true, signal });
  }

  /** Follows a brood to its end. */
  async #follow(bed: number, url: string, how: { method?: "POST"; body?: unknown }): Promise<void> {
    const ending = await this.#following.follow(url, how, () => this.now?.id === bed);
    if (ending === undefined) return;
    const { brood, problem } = ending;
    const stood = this.#before;
    await this.#synced.settled();
    const isShown = brood && this.now?.id === bed ? this.#came(brood) : false;
    const looked = this.#synced.reload();
    if (!isShown) {
      await looked; // the bed first, so that the cards are exchanged for themselves
      this.#following.end();
    }
    this.#count();
    // Numbers grow by one: where none is left out, no other brood came meanwhile, elsewhere.
    const isNext = isShown && brood?.id === (stood ?? 0) + 1;
    if (this.now?.id === bed && !isNext) await this.#earlier.load(this.now);
    if (problem !== undefined) fail(problem);
    else if (brood) {
      const chosen = brood.first.length > 0 ? ` ${brood.first.length} are shown.` : "";
      announce(`${brood.offspring.length} of ${brood.asked} came.${chosen}`);
    } else if (brood === null) announce("Enough. Nothing had come whole.");
  }

  /**
   * Shows a brood that was saved in the places of its cards, without asking for the bed. Gives whether it could: all
   * of its places came, and the page was told of each.
   */
  #came(brood: Brood): boolean {
    const { now, coming } = this;
    const cards = coming?.cards ?? [];
    const came = cards.filter(({ text, dropped }) => text !== undefined || dropped !== undefined).length;
    const stood = now?.brood?.id ?? 0;
    if (now === undefined || brood.id < stood) return false;
    if (came < cards.length || came !== brood.offspring.length) return false;
    if (now.brood && stood < brood.id) this.#earlier.add(now.brood, now.shown);
    this.#synced.now = { ...now, brood, shown: cards.map(({ text }) => text ?? null), running: null };
    this.#following.end();
    return true;
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
    return all.filter(
      (brood, at) =>
        (top === undefined || brood.id < top) &&
        brood.id !== all[at - 1]?.id &&
        brood.operation !== "worsened",
    );
  }

  /**
   * The numbers of the offspring among which texts were chosen, in the order in which they stand on the page, 0 for
   * an empty place; none where no brood has them.
   */
  #seen(ids: readonly number[]): number[] {
    const has = (text: Text | undefined): boolean => text !== undefined && ids.includes(text.id);
    if (this.cards.some(({ text }) => has(text))) return this.cards.map(({ text }) => text?.id ?? 0);
    const brood = this.below.find(({ offspring }) => offspring.some(has));
    if (brood === undefined) return [];
    const { order, many } = shownOrder(brood.first, brood.offspring.length);
    const seen = order.slice(0, this.whole.has(brood.id) ? undefined : many);
    return seen.map((at) => brood.offspring[at]?.id ?? 0);
  }

  /** Changes cards of a brood that still comes, and texts of earlier ones. */
  #touch(ids: readonly number[], change: (text: Text) => Text, gone?: boolean): void {
    this.#following.touch(ids, change, gone);
    this.#earlier.change(ids, change);
  }
}

export const bed = new OpenBed();
