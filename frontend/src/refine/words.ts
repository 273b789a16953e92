/** Numbers and costs, as one says them. */

import type { Text } from "../state/types";

const small = "no one two three four five six seven eight nine ten eleven twelve".split(" ");

/** "no versions", "one version", "thirteen" as "13 versions". */
export function counted(n: number, thing: string): string {
  return `${small[n] ?? n.toLocaleString("en")} ${thing}${n === 1 ? "" : "s"}`;
}

/** Who made a text, short enough to stand beside it: the poet and the title, without the book. */
export function by(text: Text): string {
  const { author, title } = text.origin.source ?? {};
  if (text.origin.pattern === "worsenings") return "made worse here";
  return author && title ? `${author}, “${title}”` : text.by;
}
