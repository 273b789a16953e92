/** Texts as they are once something was done with them, in everything that shows them. */

import { placed } from "./coming";
import type { Bed, Brood, Mark, Text } from "./types";

/** The text with a mark, or without it. */
export function marked(text: Text, mark: Mark, on: boolean): Text {
  const others = text.marks.filter((each) => each !== mark);
  return { ...text, marks: on ? [...others, mark] : others };
}

/** The bed with each of its texts changed. */
export function withTexts(bed: Bed, change: (text: Text) => Text): Bed {
  return {
    ...bed,
    parents: bed.parents.map(change),
    chain: bed.chain.map(change),
    shown: bed.shown.map((text) => (text === null ? null : change(text))),
  };
}

/** The bed in which these texts no longer stand, as parents or offspring. */
export function without(bed: Bed, ids: readonly number[]): Bed {
  return {
    ...bed,
    parents: bed.parents.filter((text) => !ids.includes(text.id)),
    shown: bed.shown.map((text) => (text !== null && ids.includes(text.id) ? null : text)),
  };
}

/** The brood as it is told anew, with the edits that stood in it. */
export function withEdits(brood: Brood, stood: Brood | undefined): Brood {
  if (stood === undefined) return brood;
  const offspring = brood.offspring.map((text, at) => {
    const there = stood.offspring[at];
    return there !== undefined && there.id !== text.id ? there : text;
  });
  return { ...brood, offspring };
}

/** The brood as the bed shows it: edits in their places, the others dropped. */
export function withShown(brood: Brood, shown: readonly (Text | null)[]): Brood {
  const originals = placed(shown, brood.offspring);
  const now = new Map(shown.flatMap((text, place) => (text ? [[originals[place]?.id, text] as const] : [])));
  return {
    ...brood,
    offspring: brood.offspring.map((each) => now.get(each.id) ?? marked(each, "drop", true)),
  };
}
