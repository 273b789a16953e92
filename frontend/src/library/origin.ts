/** Where a text came from, in sentences. */

import type { Text } from "../state/types";
import type { TextPage } from "./types";

/** The values with which settings do nothing; others come only where they are used. */
const off: Readonly<Record<string, number>> = { top_p: 1, top_k: 0, min_p: 0 };
const kinds: Readonly<Record<string, string>> = { bred: "Bred", refined: "Refined", worsened: "Made worse" };

/** Who made it, when and how, each thing a sentence. */
export function told({ text, brood, parents }: TextPage): readonly string[] {
  const origin = text.origin;
  const lines: string[] = [];
  const place = text.writer === "source" ? " elsewhere" : "";
  if (origin.source && text.by) lines.push(`${text.by}.`);
  if (origin.model !== null) {
    const examples = parents.filter(({ role }) => role === "example").length;
    const from = parents.length - examples;
    const how = kinds[brood?.operation ?? "bred"] ?? "Bred";
    const of = [
      from > 0 && brood?.operation === "bred" ? ` from ${from} ${from === 1 ? "parent" : "parents"}` : "",
      examples > 0 ? ` after the example of ${examples} texts` : "",
    ].join("");
    const when = Date.parse(origin.at) === 0 ? "" : `, ${day(origin.at)}`; // else nobody knows
    lines.push(`${how}${of} by ${origin.model}${when}.`);
    if (origin.start) lines.push(`It had to begin with “${origin.start}”.`);
  } else if (origin.parents.length === 1) lines.push(`Edited by a person${place}, ${day(origin.at)}.`);
  else if (origin.author === "person" && !origin.source)
    lines.push(`Written by a person${place}, ${day(origin.at)}.`);
  else if (!origin.source) lines.push(`It came from elsewhere, ${day(origin.at)}.`);
  const shares = sharesOf(text);
  const last = shares.pop();
  if (last !== undefined && shares.length > 0) {
    const some = shares.map(([by, share]) => `${percent(share)} of its letters are ${whose[by]}`);
    lines.push(`${some.join(", ")}, the rest ${whose[last[0]]}.`);
  }
  return lines;
}

/** How it was sampled, as pairs to be set in a row. */
export function sampled(text: Text): readonly (readonly [words: string, value: string])[] {
  const { sampling, seed, pattern, finish, reproducible } = text.origin;
  const pairs: [string, string][] = [];
  if (pattern) pairs.push(["pattern", pattern]);
  for (const [key, value] of Object.entries(sampling ?? {})) {
    if (key !== "max_tokens" && value !== off[key]) pairs.push([key.replaceAll("_", "-"), `${value}`]);
  }
  if (sampling?.["max_tokens"] !== undefined) pairs.push(["longest", `${sampling["max_tokens"]} tokens`]);
  if (seed !== null) pairs.push(["seed", `${seed}${reproducible ? "" : " (others ran beside it)"}`]);
  if (finish !== null) pairs.push(["ended", finish === "stop" ? "by itself" : "cut off at the longest"]);
  return pairs;
}

export function day(at: string): string {
  const date = new Date(at);
  if (date.getFullYear() < 1900) return "long ago";
  return date.toLocaleString("en-GB", {
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  });
}

type By = Text["spans"][number]["author"];
const whose: Readonly<Record<By, string>> = {
  person: "a person’s",
  model: "the model’s",
  source: "of its source",
};

/** How much of a text is whose, from 0 to 1; only those who wrote some of it. */
function sharesOf(text: Text): [By, number][] {
  const whole = text.spans.reduce((sum, span) => sum + span.length, 0);
  return (Object.keys(whose) as By[]).flatMap((by): [By, number][] => {
    const own = text.spans.reduce((sum, span) => sum + (span.author === by ? span.length : 0), 0);
    return own === 0 ? [] : [[by, own / whole]];
  });
}

function percent(share: number): string {
  return `${Math.min(99, Math.max(1, Math.round(share * 100)))} %`;
}
