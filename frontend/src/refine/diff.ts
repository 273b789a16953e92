/**
 * What changed between two versions, word by word, as the server tells it of an edit (flourishing/diff.py): a
 * longest common subsequence of the words, marks and line breaks, and the blanks beside them that both have.
 */

import type { Part } from "../parts/diff";

/** A line break, blanks, a sign of a script without blanks, a word with its apostrophes, or any other sign. */
const TOKEN =
  /\r\n?|\n|[^\S\r\n]+|[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|[\p{L}\p{M}\p{N}_]+(?:['’][\p{L}\p{M}\p{N}_]+)*|[^\p{L}\p{M}\p{N}_\s]/gu;
/** Larger tables would be felt; what lies between the common head and tail is then told as changed at once. */
const MOST_CELLS = 4_000_000;

type Pair = readonly [before: number, after: number];

/** Gives the stretches of both texts in order; what went stands before what came in its place. */
export function wordDiff(before: string, after: string): Part[] {
  const old = before.match(TOKEN) ?? [];
  const now = after.match(TOKEN) ?? [];
  const parts: Part[] = [];
  let [read, written] = [0, 0];
  for (const [here, there] of [...pairs(old, now), [old.length, now.length] as const]) {
    add(parts, "removed", old.slice(read, here));
    add(parts, "added", now.slice(written, there));
    add(parts, "same", old.slice(here, here + 1));
    [read, written] = [here + 1, there + 1];
  }
  return parts;
}

/** How many words came, and how many went. */
export function counts(parts: readonly Part[]): { added: number; removed: number } {
  const words = (kind: Part["kind"]): number =>
    parts
      .filter((part) => part.kind === kind)
      .reduce((sum, part) => sum + (part.text.match(TOKEN) ?? []).filter(isWord).length, 0);
  return { added: words("added"), removed: words("removed") };
}

/** Whether the later text has so little of the earlier one that marks would say nothing. */
export function isFar(parts: readonly Part[]): boolean {
  const same = parts.filter((part) => part.kind === "same").map((part) => part.text);
  const kept = (same.join(" ").match(TOKEN) ?? []).filter(isWord).length;
  return kept < 0.3 * (kept + counts(parts).added);
}

/** The later text alone, with marks on its new words; blanks at their ends, or blanks alone, are not marked. */
export function marked(parts: readonly Part[]): Part[] {
  const found: Part[] = [];
  for (const { kind, text } of parts) {
    if (kind === "removed") continue;
    const [, before = "", words = "", after = ""] = /^(\s*)(.*?)(\s*)$/su.exec(text) ?? [];
    if (kind === "same") add(found, "same", [text]);
    else {
      add(found, "same", [before]);
      add(found, "added", [words]);
      add(found, "same", [after]);
    }
  }
  return found;
}

/** A stretch of a text, whether it is new in it, and who wrote it. */
export interface Stretch {
  readonly text: string;
  readonly isNew: boolean;
  readonly by: "model" | "person";
}

/** Cuts the parts of a text where its author changes; without spans, all of it is of one author. */
export function authored(
  parts: readonly Part[],
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
      found.push({ text: taken, isNew: kind === "added", by: span.author });
      span.length -= taken.length;
      left = left.slice(taken.length);
    }
  }
  return found;
}

function add(parts: Part[], kind: Part["kind"], tokens: readonly string[]): void {
  const text = tokens.join("");
  if (text === "") return;
  const last = parts.at(-1);
  if (last?.kind === kind) parts[parts.length - 1] = { kind, text: last.text + text };
  else parts.push({ kind, text });
}

/** The places of the tokens that both have: words, marks and line breaks first, then the blanks beside them. */
function pairs(old: readonly string[], now: readonly string[]): Pair[] {
  const left = places(old);
  const right = places(now);
  const held = common(
    left.map((at) => old[at] ?? ""),
    right.map((at) => now[at] ?? ""),
  ).map(([here, there]): Pair => [left[here] ?? 0, right[there] ?? 0]);
  const found: Pair[] = [];
  let [read, written] = [0, 0];
  for (const [here, there] of [...held, [old.length, now.length] as const]) {
    const isRoom = (): boolean => read < here && written < there;
    if (isRoom() && old[read] === now[written]) found.push([read++, written++]);
    if (isRoom() && old[here - 1] === now[there - 1]) found.push([here - 1, there - 1]);
    if (here < old.length) found.push([here, there]);
    [read, written] = [here + 1, there + 1];
  }
  return found;
}

function places(tokens: readonly string[]): number[] {
  return tokens.flatMap((token, at) => (token.trim() !== "" || /[\r\n]/.test(token) ? [at] : []));
}

function common(left: readonly string[], right: readonly string[]): Pair[] {
  const shorter = Math.min(left.length, right.length);
  let head = 0;
  while (head < shorter && left[head] === right[head]) head++;
  let tail = 0;
  while (tail < shorter - head && left.at(-1 - tail) === right.at(-1 - tail)) tail++;
  const middle = table(left.slice(head, left.length - tail), right.slice(head, right.length - tail));
  return [
    ...Array.from({ length: head }, (_, at): Pair => [at, at]),
    ...middle.map(([here, there]): Pair => [here + head, there + head]),
    ...Array.from({ length: tail }, (_, at): Pair => [left.length - tail + at, right.length - tail + at]),
  ];
}

function table(left: readonly string[], right: readonly string[]): Pair[] {
  const width = right.length + 1;
  if ((left.length + 1) * width > MOST_CELLS) return [];
  const lengths = new Uint32Array((left.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = left.length - 1; i >= 0; i--)
    for (let j = right.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        left[i] === right[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const found: Pair[] = [];
  let [i, j] = [0, 0];
  while (i < left.length && j < right.length) {
    if (left[i] === right[j]) found.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return found;
}

function isWord(token: string): boolean {
  return /[\p{L}\p{N}]/u.test(token);
}
