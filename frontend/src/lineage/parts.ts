/** The server's changes as Diff.svelte takes them. */

import type { Part } from "../parts/diff";
import type { Change } from "../state/types";

const kinds = { same: "same", gone: "removed", new: "added" } as const;

export function partsOf(changes: readonly Change[]): Part[] {
  return changes.map(({ kind, text }) => ({ kind: kinds[kind], text }));
}

/** Who wrote which stretch, as Verse.svelte takes it. */
export function spansOf(text: {
  content: string;
  spans: readonly { author: "person" | "model"; length: number }[];
}): { text: string; by: "person" | "model" }[] {
  // The server counts characters, JavaScript halves of some.
  const signs = [...text.content];
  let from = 0;
  return text.spans.map(({ author, length }) => {
    const stretch = signs.slice(from, from + length).join("");
    from += length;
    return { text: stretch, by: author };
  });
}
