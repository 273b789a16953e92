/** Words for beds: when, how many, and texts that were pasted together. */

import { firstLine } from "../words";

const units: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
const said = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** How long ago: "yesterday", "3 hours ago". */
export function ago(at: string, now: number = Date.now()): string {
  const seconds = (now - Date.parse(at)) / 1_000;
  for (const [unit, length] of units) {
    const count = Math.floor(seconds / length);
    if (count >= 1) return said.format(-count, unit);
  }
  return "just now";
}

/** "one brood", "12 broods", "no broods yet". */
export function broods(count: number): string {
  if (count === 0) return "no broods yet";
  return count === 1 ? "one brood" : `${count.toLocaleString("en")} broods`;
}

/** The first lines of a poem, as many as a list has room for. */
export function firstLines(text: string, most = 5): string {
  const lines = text.trim().split(/\r?\n/);
  const some = lines.slice(0, most).map((line) => (line.length > 90 ? firstLine(line, 90) : line));
  return some.join("\n") + (lines.length > most ? "\n…" : "");
}

/** Texts that were pasted together, with a line of dashes, stars or hashes between them, or else two blank lines. */
export function apart(pasted: string): string[] {
  const marked = /^[ \t]*(?:-{3,}|\*{3,}|#{3,})[ \t]*$/m;
  const between = marked.test(pasted) ? new RegExp(marked, "gm") : /\n[ \t]*\n[ \t]*\n/;
  return pasted
    .replaceAll("\r\n", "\n")
    .split(between)
    .map((text) => text.replace(/^(?:[ \t]*\n)+/, "").trimEnd())
    .filter((text) => text !== "");
}
