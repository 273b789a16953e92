/** The workspace: what the Refine page knows beside the bed. Where one is, how changes are shown. */

import { tick } from "svelte";

import { announce } from "../announcer.svelte";
import { api, got } from "../api/client";
import type { Action } from "../keys";
import { fail } from "../notices.svelte";
import { router } from "../router.svelte";
import { bed } from "../state/bed.svelte";
import { effect } from "../state/effect.svelte";
import type { Card } from "../state/coming";
import type { Text } from "../state/types";
import { belongs, grownFrom, isGrown, offers, type Grown } from "./brood";
import { beyond } from "./spots";
import { counted } from "./words";

/** New words marked; those that went shown too; neither. */
export type Look = "new" | "both" | "plain";
const looks: Readonly<Record<Look, readonly [next: Look, said: string]>> = {
  new: ["both", "New words are marked."],
  both: ["plain", "New words are marked, and those that went are shown."],
  plain: ["new", "Changes are not shown."],
};

/** A thing that one can stand at: a version, one that waits, a candidate, a text on offer. */
export interface Spot {
  readonly key: string;
  readonly kind: "version" | "later" | "candidate" | "offer";
  readonly place: number;
  readonly text: Text | undefined;
}

class Workspace {
  look = $state<Look>("new");
  /** The spot where an editor is open. */
  editing = $state<string>();
  #poems = $state<string>();
  #refinements = $state<string>();
  isUnfolded = $state(false);
  #at = $state<string>();
  #wished: Action | undefined;

  /** The collection that an accepted text joins: that of its kind, unless another was named. */
  get poems(): string {
    return this.#poems ?? bed.kind.finished;
  }

  set poems(name: string) {
    this.#poems = name.trim() || undefined;
  }

  /** The collection that its chain joins, likewise. */
  get refinements(): string {
    return this.#refinements ?? bed.kind.refinements;
  }

  set refinements(name: string) {
    this.#refinements = name.trim() || undefined;
  }

  /** What the candidates are, when there are any of the text under work. */
  readonly kind: Grown | undefined = $derived.by(() => {
    const { coming, now } = bed;
    if (now === undefined || now.chain.length === 0) return undefined;
    if (coming) return isGrown(coming.operation) ? coming.operation : undefined;
    return now.brood && belongs(now.brood, now) ? (now.brood.operation as Grown) : undefined;
  });
  readonly cards: readonly Card[] = $derived(this.kind ? bed.cards : []);
  /** The version that the candidates are grown from. */
  readonly base: { id: number; content: string } | undefined = $derived.by(() => {
    const saved = bed.coming ? [] : (bed.now?.brood?.offspring ?? []);
    const chain = bed.now?.chain ?? [];
    return (
      grownFrom([...saved, ...this.cards.map((card) => card.text)]) ??
      chain.at(this.kind === "worsened" ? 0 : -1)
    );
  });
  readonly offers = $derived(bed.now && !bed.refining ? offers(bed.now, bed.earlier) : []);
  readonly spots: readonly Spot[] = $derived.by(() => [
    ...spots(
      "offer",
      this.offers.flatMap((offer) => offer.texts),
    ),
    ...spots("version", bed.now?.chain ?? []),
    ...spots("later", bed.refining ? (bed.now?.later ?? []) : []),
    ...spots(
      "candidate",
      this.cards.map((card) => card.text),
    ).filter(({ place }) => this.cards[place]?.state !== "gone"),
  ]);
  /** Where one stands: where one went, or else at the first candidate, the last version, the first offer. */
  readonly here: Spot | undefined = $derived(
    this.spots.find((spot) => spot.key === this.#at) ??
      this.spots.find((spot) => spot.kind === "candidate") ??
      this.spots.findLast((spot) => spot.kind === "version") ??
      this.spots[0],
  );

  stand(key: string): void {
    this.#at = key;
  }

  /** Goes to the candidate of a place, or where nothing is under work, to the text that is offered there. */
  goTo(place: number): void {
    const key = `${bed.refining ? "candidate" : "offer"}-${place}`;
    if (!this.spots.some((spot) => spot.key === key)) return;
    this.#at = key;
    elementOf(key)?.focus();
  }

  /** Moves to the next or the one before, or to the nearest above or below. */
  move(way: "left" | "right" | "up" | "down"): void {
    const from = this.here;
    if (from === undefined) return;
    const index = this.spots.indexOf(from);
    const key =
      way === "left" || way === "right"
        ? this.spots[index + (way === "right" ? 1 : -1)]?.key
        : beyond(this.spots.flatMap(placeOf), placeOf(from)[0] ?? { ...nowhere, key: from.key }, way);
    if (key === undefined) return;
    this.#at = key;
    elementOf(key)?.focus();
  }

  /** Puts the focus where one stands. */
  focus(): void {
    if (this.here) elementOf(this.here.key)?.focus();
  }

  /** Asks for the next candidates, and brings the place where they come into sight. */
  grow(kind: Grown, prompt?: string): void {
    void bed.breed(prompt === undefined ? { operation: kind } : { operation: kind, prompt });
    this.#at = undefined; // the first of them is the next to look at
    setTimeout(() => {
      const title = document.querySelector("#refine-candidates");
      const isLow = title !== null && title.getBoundingClientRect().top > innerHeight / 2;
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      if (isLow) title.scrollIntoView({ block: "start", behavior: still ? "instant" : "smooth" });
    }, 60);
  }

  /** Does an act as soon as the versions of the text are there; of several, the last; nothing takes it back. */
  wish(act: Action | undefined): void {
    this.#wished = act;
  }

  /** Does what was wished for meanwhile. */
  fulfil(): void {
    const act = this.#wished;
    this.#wished = undefined;
    if (act?.enabled?.() ?? false) act?.run();
  }

  unfold(): void {
    this.isUnfolded = !this.isUnfolded;
    if (this.isUnfolded) document.querySelector("#refine-examples")?.scrollIntoView({ block: "nearest" });
    announce(this.isUnfolded ? "The example chains are unfolded." : "The example chains are folded.");
  }

  turnLook(): void {
    [this.look] = looks[this.look];
    announce(looks[this.look][1]);
  }

  /** Makes a candidate the next version, or takes it out again; a worsened one goes before the first. */
  choose(text: Text | undefined): void {
    if (text === undefined) return;
    if (bed.now?.chain.some((version) => version.id === text.id)) {
      this.remove(text);
      return;
    }
    bed.choose(text, this.kind === "worsened");
  }

  remove(text: Text): void {
    if ((bed.now?.chain.length ?? 0) < 2) return;
    bed.removeVersion(text.id);
    announce("No longer a version. z takes that back.");
  }

  back(): void {
    const versions = bed.now?.chain.length ?? 0;
    bed.backTo(versions - 2);
    announce(`Back at version ${versions - 1}. f goes forward.`);
  }

  /** Goes forward until this waiting version is the last again. */
  forwardTo(place: number): void {
    for (let step = 0; step <= place; step++) bed.forward();
    announce(`Version ${bed.now?.chain.length ?? 0}.`);
  }

  drop(spot: Spot | undefined): void {
    if (spot?.text === undefined) return;
    if (spot.kind === "version") this.remove(spot.text);
    else if (spot.kind === "candidate") void this.dropCandidate(spot);
  }

  /** Drops a candidate, and goes to the one after it. */
  async dropCandidate(spot: Spot): Promise<void> {
    const index = this.spots.findIndex(({ key }) => key === spot.key);
    const next = [this.spots[index + 1], this.spots[index - 1]].find((each) => each?.kind === "candidate");
    const hadFocus = elementOf(spot.key)?.contains(document.activeElement) ?? false;
    if (spot.text) bed.drop(spot.text);
    this.#at = next?.key;
    await tick();
    if (hadFocus && this.here) elementOf(this.here.key)?.focus();
  }

  async copy(text: Text | undefined): Promise<void> {
    if (text === undefined) return;
    try {
      await navigator.clipboard.writeText(text.content);
      announce("Copied.");
      effect.show(text, "copied");
    } catch (thrown) {
      fail(thrown);
    }
  }

  /** Stores a person's own version before the first or after the last one. */
  async addEdit(of: Text, content: string, worse: boolean): Promise<boolean> {
    try {
      const params = { path: { text_id: of.id } };
      bed.choose(await got(api.POST("/api/texts/{text_id}/edits", { params, body: { content } })), worse);
      return true;
    } catch (thrown) {
      fail(thrown);
      return false;
    }
  }

  /** Puts a text of one's own under work. */
  async write(content: string): Promise<boolean> {
    try {
      const [text] = await got(api.POST("/api/texts", { body: { texts: [content], keep: true } }));
      if (text) await this.refine(text);
      return bed.refining;
    } catch (thrown) {
      fail(thrown);
      return false;
    }
  }

  async refine(text: Text | undefined): Promise<void> {
    if (text === undefined) return;
    await bed.refine(text.id, text);
    this.#at = undefined;
    const versions = bed.now?.chain.length ?? 0;
    if (versions > 0) announce(`Under work, with ${counted(versions, "version")}. Enter refines it.`);
  }

  /** Calls the text finished, and goes to where it is shown. */
  async accept(): Promise<void> {
    const last = bed.now?.chain.at(-1);
    if (bed.now === undefined || last === undefined) return;
    const { poems, refinements } = this;
    const here = bed.now.id;
    await bed.accept({
      ...(this.#poems === undefined ? {} : { poems }),
      ...(this.#refinements === undefined ? {} : { refinements }),
    });
    if (bed.refining || bed.now.id !== here) return; // it was refused, and the bed has said why
    router.go(`/finished/${last.id}`);
  }
}

const nowhere = { left: 0, top: 0, right: 0, bottom: 0 };

function spots(kind: Spot["kind"], texts: readonly (Text | undefined)[]): Spot[] {
  return texts.map((text, place) => ({ key: `${kind}-${place}`, kind, place, text }));
}

function elementOf(key: string): HTMLElement | null {
  return document.querySelector<HTMLElement>(`[data-spot="${key}"]`);
}

function placeOf({ key }: Spot): { key: string; left: number; top: number; right: number; bottom: number }[] {
  const box = elementOf(key)?.getBoundingClientRect();
  return box ? [{ key, left: box.left, top: box.top, right: box.right, bottom: box.bottom }] : [];
}

export const workspace = new Workspace();
