/** The numbers that stand in a text: how one is written, put elsewhere, and known from the others. */

import type { TextNumber } from "./live";

/** A number as it is written into a text: as fine as its step, and no finer. */
export function written(value: number, step: number): string {
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const digits = value.toFixed(decimals);
  return digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
}

/** The text with one of its numbers moved. The server counts characters; a string of this language counts some of them twice. */
export function withNumber(content: string, number: TextNumber, value: number): string {
  const letters = [...content];
  const after = letters.slice(number.end).join("");
  return `${letters.slice(0, number.begin).join("")}${written(value, number.step)}${after}`;
}

/** What stands around a number on its line, so that one knows which it is. */
export function around(content: string, { begin, end }: TextNumber, most = 12): [string, string, string] {
  const letters = [...content];
  const before =
    letters
      .slice(Math.max(0, begin - most), begin)
      .join("")
      .split("\n")
      .at(-1) ?? "";
  const after =
    letters
      .slice(end, end + most)
      .join("")
      .split("\n")[0] ?? "";
  const cut = begin > most && before.length === most ? before.replace(/^[\w.]+/, "") : before;
  return [cut.trimStart(), letters.slice(begin, end).join(""), after.trimEnd()];
}
