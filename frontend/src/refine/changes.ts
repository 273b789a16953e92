/** What the server's word diff says of a version: how many words changed, and where to mark them. */

import type { Change } from "../state/types";

/** A word with its apostrophes, or a sign of a script without blanks between words. */
const WORD = /[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}\p{N}_]+)*/gu;

/** How many words came, and how many went. */
export function counts(parts: readonly Change[]): { added: number; removed: number } {
  const words = (kind: Change["kind"]): number =>
    parts.filter((part) => part.kind === kind).reduce((sum, part) => sum + wordsOf(part.text), 0);
  return { added: words("new"), removed: words("gone") };
}

/** Whether the later text has so little of the earlier one that marks would say nothing. */
export function isFar(parts: readonly Change[]): boolean {
  const same = parts.filter((part) => part.kind === "same").map((part) => part.text);
  const kept = wordsOf(same.join(" "));
  return kept < 0.3 * (kept + counts(parts).added);
}

/** The later text alone, with marks on its new words; blanks at their ends, or blanks alone, are not marked. */
export function marked(parts: readonly Change[]): Change[] {
  const found: Change[] = [];
  for (const { kind, text } of parts) {
    if (kind === "gone") continue;
    const [, before = "", words = "", after = ""] = /^(\s*)(.*?)(\s*)$/su.exec(text) ?? [];
    if (kind === "same") add(found, "same", text);
    else {
      add(found, "same", before);
      add(found, "new", words);
      add(found, "same", after);
    }
  }
  return found;
}

/** A stretch of a text, whether it is new in it, and who wrote it. */
export interface Stretch {
  readonly text: string;
  readonly isNew: boolean;
  readonly by: "model" | "person" | "source";
}

/** Cuts the parts of a text where its author changes; without spans, all of it is of one author. */
export function authored(
  parts: readonly Change[],
  spans: readonly { readonly author: Stretch["by"]; readonly length: number }[],
  otherwise: Stretch["by"],
): Stretch[] {
  // The server counts characters, this language halves of them.
  const signs = spans.length > 1 ? [...parts.map((part) => part.text).join("")] : [];
  let at = 0;
  const rest =
    spans.length > 1
      ? spans.map(({ author, length }) => ({
          author,
          length: signs.slice(at, (at += length)).join("").length,
        }))
      : [];
  const only = spans[0]?.author ?? otherwise;
  const found: Stretch[] = [];
  for (const { kind, text } of parts) {
    let left = text;
    while (left !== "") {
      while (rest[0]?.length === 0) rest.shift();
      const span = rest[0] ?? { author: only, length: left.length };
      const taken = left.slice(0, span.length);
      found.push({ text: taken, isNew: kind === "new", by: span.author });
      span.length -= taken.length;
      left = left.slice(taken.length);
    }
  }
  return found;
}

function add(parts: Change[], kind: Change["kind"], text: string): void {
  if (text === "") return;
  const last = parts.at(-1);
  if (last?.kind === kind) parts[parts.length - 1] = { kind, text: last.text + text };
  else parts.push({ kind, text });
}

function wordsOf(text: string): number {
  return text.match(WORD)?.length ?? 0;
}
