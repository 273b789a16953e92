/** Where a run of words stands in a text: without case, punctuation or layout, as the server compares them. */

const WORD = /[\p{L}\p{N}_]+(?:['’][\p{L}\p{N}_]+)*/gu;

/** The text in three: what stands before the run, the run as it stands there, and the rest. */
export function around(content: string, run: string): readonly [string, string, string] {
  const wanted = (run.match(WORD) ?? []).map(folded);
  const words = [...content.matchAll(WORD)];
  const here = words.map(([word]) => folded(word));
  const at =
    wanted.length === 0
      ? -1
      : here.findIndex((_, from) => wanted.every((word, n) => here[from + n] === word));
  const first = words[at];
  const last = words[at + wanted.length - 1];
  if (first === undefined || last === undefined) return [content, "", ""];
  const end = last.index + last[0].length;
  return [content.slice(0, first.index), content.slice(first.index, end), content.slice(end)];
}

/** Lines around the run, so that a long text shows the place and not its beginning. */
export function excerpt(
  parts: readonly [string, string, string],
  lines = 2,
): readonly [string, string, string] {
  const before = parts[0].split("\n");
  const after = parts[2].split("\n");
  const cutBefore = before.length > lines + 1;
  const cutAfter = after.length > lines + 1;
  return [
    (cutBefore ? "…\n" : "") + before.slice(-lines - 1).join("\n"),
    parts[1],
    after.slice(0, lines + 1).join("\n") + (cutAfter ? "\n…" : ""),
  ];
}

function folded(word: string): string {
  return word.toLowerCase();
}
