/**
 * What of pictures, animations and sounds plays just now, which show their code, and whose numbers are moved. What draws and
 * plays them is fetched when one is first seen; this comes with the page.
 */

import { MediaQuery, SvelteMap, SvelteSet } from "svelte/reactivity";

import { announce } from "../announcer.svelte";
import type { Text, TextKind } from "../state/types";

/** What says where the server has a text. */
export type Located = Pick<Text, "id" | "place">;
export type Medium = TextKind["medium"];
/** Where numbers of a text stand now, by their names. */
export type Moved = Readonly<Record<string, number>>;

class Showing {
  /** The text that fills the screen, and those to which the arrows lead from there. */
  full = $state.raw<{ readonly text: Text; readonly of: readonly Text[] }>();
  /** The address of the text whose sound plays. */
  sounding = $state<string>();
  /** Texts whose numbers are moved, and not stored yet; here and below by their addresses. */
  readonly moved = new SvelteMap<string, Moved>();
  readonly #open = new SvelteSet<string>();
  readonly #storing = new SvelteSet<number>();
  /** What a person said of an animation: whether it moves. */
  readonly #moves = new SvelteMap<string, boolean>();

  #wish: MediaQuery | undefined;

  /** Whether less motion is asked for: then nothing moves before a person starts it. */
  get still(): boolean {
    this.#wish ??= new MediaQuery("prefers-reduced-motion: reduce");
    return this.#wish.current;
  }

  /** Whether an animation moves. */
  moves(text: Located): boolean {
    return this.#moves.get(addressOf(text)) ?? !this.still;
  }

  /** Starts or stops the animation or the sound of a text. */
  async toggle(text: Text): Promise<void> {
    if (isHeard(text)) {
      const { player } = await import("./player.svelte");
      await player.toggle(text);
      return;
    }
    const on = !this.moves(text);
    this.#moves.set(addressOf(text), on);
    announce(on ? "It moves." : "It stands still.");
  }

  /** Whether the code of a text is shown; that of an edit as it was shown of what was edited. */
  isOpen(text: Text): boolean {
    return this.#open.has(addressOf(text)) || text.origin.parents.some((id) => this.#storing.has(id));
  }

  toggleCode(text: Text): void {
    const address = addressOf(text);
    if (this.#open.delete(address)) this.moved.delete(address);
    else this.#open.add(address);
  }

  /** Stores a text with numbers that were moved; what is open stays so of the edit. */
  async store(text: Text, content: string, store: Store): Promise<boolean> {
    if (this.#storing.has(text.id)) return false;
    this.#storing.add(text.id);
    const edit = await store(content);
    if (edit !== undefined) {
      const [before, after] = [addressOf(text), addressOf(edit)];
      this.#open.add(after);
      if (this.sounding === before) this.sounding = after;
      const moves = this.#moves.get(before);
      if (moves !== undefined) this.#moves.set(after, moves);
      this.moved.delete(before);
    }
    this.#storing.delete(text.id);
    return edit !== undefined;
  }
}

/** Stores another content as an edit; gives the edit, or nothing where that failed. */
export type Store = (content: string) => Promise<Text | undefined>;

export const showing = new Showing();

/** Where the server has a text: below this it is rendered. */
export function addressOf({ id, place }: Located): string {
  if (place === undefined) return `/api/texts/${id}`;
  return `/api/collections/${encodeURIComponent(place.name)}/items/${place.index}`;
}

export function isSame(one: Located, other: Located): boolean {
  return addressOf(one) === addressOf(other);
}

/** Whether a text is something to look at or to listen to. */
export function isShown(medium: Medium | null | undefined): boolean {
  return medium === "sound" || isSeen(medium);
}

/** Whether a text is played: a sound, or a program that plays notes. What a program does, the server knows. */
export function isHeard({ medium, content }: Text): boolean {
  return medium === "sound" || (medium === "program" && /\bnote\s*\(/.test(content));
}

/** Whether it can fill the screen. */
export function isSeen(medium: Medium | null | undefined): boolean {
  return medium === "image" || medium === "animation" || medium === "program" || medium === "drawing";
}

/** Whether it is a formula, which the page itself draws or plays, and whose numbers can be moved. */
export function isFormula(medium: Medium | null | undefined): boolean {
  return medium === "image" || medium === "animation" || medium === "sound";
}
