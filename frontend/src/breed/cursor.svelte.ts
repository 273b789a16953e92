/**
 * Where a person is on the Breed page: on which card, what is being edited, what is open. What is in the bed is
 * not here (state/bed.svelte.ts).
 */

import { tick } from "svelte";
import { SvelteSet } from "svelte/reactivity";

import { bed } from "../state/bed.svelte";
import type { Text } from "../state/types";

class Cursor {
  /** The card that keys act on: "now-2" is the third of the newest brood, "17-0" the first of brood 17. */
  current = $state("now-0");
  /** The text that is being edited, by its number. */
  editing = $state<number>();
  /** Whether it is edited where it stands among the parents, and not on its card. */
  amongParents = $state(false);
  /** Texts that show what was changed of the version before. */
  readonly changed = new SvelteSet<number>();
  /** The parent that has the focus. */
  parent = $state<number>();
  /** Whether the parents are unfolded, on a narrow page. */
  parentsOpen = $state(false);
  /** Whether parents show their first lines alone; the browser remembers it. */
  #compact = $state(remembered());
  /** Lines that each card keeps free. */
  room = $state(0);

  /** The text on the card that keys act on, when it is whole. */
  readonly text: Text | undefined = $derived(this.#textAt(this.current));

  /** The place of the card that keys act on, while its text is still being written. */
  readonly growing: number | undefined = $derived.by(() => {
    const [group, place] = this.current.split("-");
    const card = group === "now" && bed.coming ? bed.offspring[Number(place)] : undefined;
    return card && card.text === undefined && card.state !== "gone" ? card.place : undefined;
  });

  get compact(): boolean {
    return this.#compact;
  }

  set compact(on: boolean) {
    this.#compact = on;
    try {
      localStorage.setItem("parents", on ? "lines" : "whole");
    } catch {
      // Storage is forbidden: the choice lasts as long as the page.
    }
  }

  #textAt(key: string): Text | undefined {
    const cut = key.lastIndexOf("-");
    const place = Number(key.slice(cut + 1));
    const group = key.slice(0, cut);
    if (group === "now") return bed.offspring[place]?.text;
    const text = bed.below.find((brood) => brood.id === Number(group))?.offspring[place];
    return text?.marks.includes("drop") ? undefined : text;
  }

  /** Moves to the next or the one before, in the order in which they are read. */
  step(by: 1 | -1): void {
    const cards = this.#cards();
    const here = cards.findIndex((card) => card.dataset.card === this.current);
    this.#go(here < 0 ? cards[0] : cards[here + by]);
  }

  /** Moves to the card below or above: the nearest edge that lies beyond, in the same column where there is one. */
  row(by: 1 | -1): void {
    const cards = this.#cards();
    const here = cards.find((card) => card.dataset.card === this.current);
    const from = here?.getBoundingClientRect();
    if (from === undefined) return this.#go(cards[0]);
    let best: HTMLElement | undefined;
    let least = Infinity;
    for (const card of cards) {
      const to = card.getBoundingClientRect();
      const away = by === 1 ? to.top - from.bottom : from.top - to.bottom;
      // Those that are out of sight, and not drawn, have no height.
      if (card === here || away < -4) continue;
      const beside = Math.max(0, to.left - from.right, from.left - to.right);
      const far = away + 4 * beside + Math.abs(to.left - from.left) / 100;
      if (far < least) [best, least] = [card, far];
    }
    this.#go(best);
  }

  /** Goes to a card by its key. */
  stand(key: string): void {
    this.current = key;
    this.#go(this.#cards().find((card) => card.dataset.card === key));
  }

  /** Puts the focus on the card that keys act on. */
  focus(): void {
    const cards = this.#cards();
    this.#go(cards.find((card) => card.dataset.card === this.current) ?? cards[0]);
  }

  /** Edits a text on its card, or where it stands among the parents. */
  edit(text: Text, amongParents = false): void {
    this.editing = text.id;
    this.amongParents = amongParents;
  }

  /** Stores what was written; the focus goes back to where the edit began. What is not stored stays written. */
  async store(text: Text, content: string): Promise<boolean> {
    const stored = bed.edit(text, content);
    void this.leaveEdit();
    if (await stored) return true;
    this.editing ??= text.id;
    return false;
  }

  /** Ends an edit; the focus goes back to where it began. */
  async leaveEdit(): Promise<void> {
    this.editing = undefined;
    await tick();
    if (document.activeElement === document.body) this.focus();
  }

  #go(card: HTMLElement | undefined): void {
    if (card?.dataset.card === undefined) return;
    this.current = card.dataset.card;
    card.focus();
  }

  #cards(): HTMLElement[] {
    return [...document.querySelectorAll<HTMLElement>("[data-card]")];
  }
}

function remembered(): boolean {
  try {
    return localStorage.getItem("parents") === "lines";
  } catch {
    return false;
  }
}

export const cursor = new Cursor();
