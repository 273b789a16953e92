/** What plays a text, asked of the server once: its shader or its tape, with its numbers as inputs where they are to be moved. */

import { api, got, type components } from "../api/client";

export type Live = components["schemas"]["LiveBody"];
export type TextNumber = components["schemas"]["NumberBody"];
export type Tape = components["schemas"]["TapeBody"];

const MOST = 300;
const known = new Map<string, Promise<Live>>();

/** Gives what plays a text. Throws a Problem where nothing does. */
export function liveOf(id: number, numbers = false): Promise<Live> {
  const key = `${id} ${numbers}`;
  const there = known.get(key);
  if (there) return there;
  const params = { path: { text_id: id }, query: { numbers } };
  const asked = got(api.GET("/api/texts/{text_id}/live", { params }));
  known.set(key, asked);
  asked.catch(() => known.delete(key));
  const oldest = known.keys().next().value;
  if (known.size > MOST && oldest !== undefined) known.delete(oldest);
  return asked;
}

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
