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
  example: "",
};

/** "a poem", "an analogy". */
export function one({ noun }: TextKind): string {
  return `${/^[aeiou]/i.test(noun) ? "an" : "a"} ${noun}`;
}

/** What most people breed, in the order in which it is offered; a person's own kinds and the rest come after. */
const FIRST = "poem haiku quote story word analogy picture animation sound program drawing".split(" ");

/** The kinds that a bed can be of; those of chains are for refining. */
export function choices(kinds: readonly TextKind[]): readonly TextKind[] {
  const place = ({ name }: TextKind): number => (FIRST.indexOf(name) + FIRST.length + 1) % (FIRST.length + 1);
  const offered = kinds.filter(({ medium }) => medium !== "chain");
  return offered.toSorted((one, other) => place(one) - place(other));
}
