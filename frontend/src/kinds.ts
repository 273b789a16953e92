/** Kinds of text: what the page says of a text, and how it shows one, is asked of its kind. */

import type { TextKind } from "./state/types";

/** What is said before a bed is loaded. */
export const DEFAULT: TextKind = {
  name: "poem",
  title: "Poems of any shape",
  noun: "poem",
  plural: "poems",
  medium: "verse",
  pattern: "poems",
  library: "imagists",
  finished: "poems",
  refinements: "refinements",
  sampling: {},
};

/** "a poem", "an analogy". */
export function one({ noun }: TextKind): string {
  return `${/^[aeiou]/i.test(noun) ? "an" : "a"} ${noun}`;
}

/** The kinds that a bed can be of; those of chains are for refining. */
export function choices(kinds: readonly TextKind[]): readonly TextKind[] {
  return kinds.filter(({ medium }) => medium !== "chain");
}
