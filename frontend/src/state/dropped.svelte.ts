/** What stood where something was dropped: the server no longer says, but a person may want it back. */

import { firstPlaces, placed, shownOrder, type Card } from "./coming";
import { marked } from "./marking";
import type { Bed, Text } from "./types";

export class Dropped {
  /** What stood in a place when it was dropped, by the offspring of that place. */
  #stood = $state.raw<ReadonlyMap<number, Text>>(new Map());
  /** What was taken back since. */
  #restored = $state.raw<ReadonlySet<number>>(new Set());

  /** Notes that texts are being dropped from a bed, or taken back. */
  note(bed: Bed | undefined, ids: readonly number[], on: boolean): void {
    const { brood, shown } = bed ?? {};
    if (on && brood && shown) {
      const originals = placed(shown, brood.offspring);
      const gone = shown.flatMap((text, place) => {
        const original = originals[place];
        return text && original && ids.includes(text.id) ? [[original.id, text] as const] : [];
      });
      this.#stood = new Map([...this.#stood, ...gone]);
    }
    const restored = [...this.#restored].filter((id) => !ids.includes(id));
    this.#restored = new Set(on ? restored : [...restored, ...ids]);
  }

  /** One card for each place of the brood that a bed shows, those that are shown first before the rest. */
  cards(bed: Bed | undefined): readonly Card[] {
    const { brood, shown } = bed ?? {};
    if (!brood || !shown) return [];
    const cards = this.#inPlaces(shown, placed(shown, brood.offspring));
    return shownOrder(firstPlaces(shown, brood), cards.length).order.flatMap((from, place) => {
      const card = cards[from];
      return card === undefined ? [] : [{ ...card, place }];
    });
  }

  #inPlaces(shown: readonly (Text | null)[], originals: readonly (Text | undefined)[]): readonly Card[] {
    return shown.map((stands, place): Card => {
      const original = originals[place];
      const dropped = original && (this.#stood.get(original.id) ?? original);
      const back = dropped && this.#restored.has(dropped.id);
      const text = stands ?? (back ? marked(dropped, "drop", false) : undefined);
      const words = (text ?? dropped)?.content ?? "";
      const card = { place, words, text, reason: undefined };
      if (text !== undefined) return { ...card, state: "whole" };
      return dropped === undefined ? { ...card, state: "gone" } : { ...card, state: "gone", dropped };
    });
  }

  clear(): void {
    this.#stood = new Map();
    this.#restored = new Set();
  }
}
