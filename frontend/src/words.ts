/** How texts, broods and their cost are told, on every page: all of it without state, so that it can be tested. */

import { seen, type Span } from "./parts/verse";
import type { Coming } from "./state/coming";
import type { Brood, Cost, Text } from "./state/types";

/** So many lines of a poem are always shown. */
export const LINES = 14;
const LINE = 36;
/** No more lines than these are kept free for a poem that may have two. */
export const ROOM = 8;

/** Who wrote which stretch. The server counts characters; a string of this language counts some of them twice. */
export function stretches(text: Pick<Text, "content" | "spans" | "writer">): readonly Span[] {
  const letters = [...text.content];
  let at = 0;
  const spans = text.spans.map(({ author, length }): Span => {
    const from = at;
    at += length;
    return { text: letters.slice(from, at).join(""), by: author };
  });
  const rest = letters.slice(at).join("");
  return rest === "" ? spans : [...spans, { text: rest, by: text.writer }];
}

/** What is there of an offspring that is still being written: who wrote its start words is known. */
export function writing(words: string, start: string, spans: Text["spans"] = []): readonly Span[] {
  if (start === "" || !words.startsWith(start)) return [{ text: words, by: "model" }];
  const letters = [...start];
  let at = 0;
  const begun = spans.map(({ author, length }): Span => {
    at += length;
    return { text: letters.slice(at - length, at).join(""), by: author };
  });
  return [
    ...(begun.length > 0 ? begun : [{ text: start, by: "person" } as const]),
    { text: words.slice(start.length), by: "model" },
  ];
}

/** The first line that is not blank, cut between two words to at most `most` characters. */
export function firstLine(text: string, most = 80): string {
  const line = text.split("\n").find((each) => each.trim() !== "") ?? "";
  const letters = [...seen(line.trim())];
  if (letters.length <= most) return letters.join("");
  const cut = letters.slice(0, most - 1).join("");
  const end = letters[most - 1] === " " ? cut.length : cut.lastIndexOf(" ");
  return `${(end > 0 ? cut.slice(0, end) : cut).trimEnd()}…`;
}

/** About how many lines a text takes on its card. */
export function height(text: string): number {
  return text.split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / LINE)), 0);
}

/**
 * How many characters are shown before the fold; undefined for all, as of every poem that is not much too long. It is at
 * the end of a line; in one that is too long by itself, at the end of a sentence, or else between two words.
 */
export function fold(text: string): number | undefined {
  if (height(text) <= LINES + 3) return undefined;
  let lines = 0;
  let at = 0;
  for (const line of text.split("\n")) {
    const own = Math.max(1, Math.ceil(line.length / LINE));
    if (lines + own > LINES) {
      if (lines >= LINES / 2) return at - 1; // before the line, without its break
      const rest = line.slice(0, (LINES - lines) * LINE).replace(/[\uD800-\uDBFF]$/, "");
      const sentence = Math.max(...[". ", "! ", "? "].map((end) => rest.lastIndexOf(end))) + 1;
      const end = sentence > rest.length / 2 ? sentence : rest.lastIndexOf(" ");
      return at + (end > 0 ? end : rest.length); // a word without an end is cut where it reaches
    }
    lines += own;
    at += line.length + 1;
  }
  return undefined;
}

/** The lines to keep free for offspring of these parents, so that what streams in pushes nothing away. */
export function room(parents: readonly string[]): number {
  const heights = parents.map(height).sort((a, b) => a - b);
  const usual = heights[Math.floor(heights.length * 0.6)] ?? 4;
  return Math.min(Math.max(usual, 4), ROOM);
}

/** What was pasted, by the ways in which it can be taken apart. Only ways that differ are offered. */
export function divisions(
  pasted: string,
): readonly { readonly by: string; readonly texts: readonly string[] }[] {
  const text = pasted.replace(/\r\n?/g, "\n");
  const tidy = (texts: string[]): string[] =>
    texts.map((each) => each.replace(/^(?:[^\S\n]*\n)+/, "").trimEnd()).filter((each) => each !== "");
  const one = { by: "", texts: tidy([text]) };
  const ruled = {
    by: "the --- between them",
    texts: tidy(text.split(/^[^\S\n]*(?:-{3,}|\*{3,}|_{3,})[^\S\n]*$/m)),
  };
  // Whoever drew lines between poems means blank lines to be within them.
  if (ruled.texts.length > 1) return [one, ruled];
  const wide = { by: "two blank lines or more", texts: tidy(text.split(/\n(?:[^\S\n]*\n){2,}/)) };
  const narrow = { by: "each blank line", texts: tidy(text.split(/\n(?:[^\S\n]*\n)+/)) };
  return [one, wide, narrow].filter(
    ({ texts }, at, all) =>
      at === 0 || all.slice(0, at).every((other) => other.texts.length !== texts.length),
  );
}

/** The line that was drawn between texts, where it is not one of three hyphens: the one that stands there most often. */
export function ruleOf(text: string): string | undefined {
  const times = new Map<string, number>();
  for (const [line] of text.matchAll(/^(?:-{4,}|\*{3,}|_{3,}|#{3,})$/gm))
    times.set(line, (times.get(line) ?? 0) + 1);
  return [...times].sort(([, one], [, other]) => other - one)[0]?.[0];
}

/** Who wrote a text, shorter than its whole source. */
export function byline(text: Text): string {
  const source = text.origin.source;
  if (source === null || !source.author) return text.by;
  const title = text.medium && source.title ? `“${source.title}”` : ""; // code does not say what it shows
  return [title, source.author, source.year].filter((each) => each != null && each !== "").join(", ");
}

/** A number in digits. The browser's own formatter takes as long to begin as a bed to be drawn. */
export function number(n: number): string {
  return String(n).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

export function count(n: number, one: string, more = `${one}s`): string {
  return `${number(n)} ${n === 1 ? one : more}`;
}

export function seconds(n: number): string {
  if (n < 10) return `${Math.max(n, 0.1).toFixed(1)} s`;
  if (n < 90) return `${Math.round(n)} s`;
  return `${Math.floor(n / 60)} min ${Math.round(n % 60)} s`;
}

/** How far the brood on its way is. */
export function progress(coming: Coming, elapsed: number): string {
  if (coming.waiting) return coming.waiting;
  const whole = coming.cards.filter(({ state }) => state === "whole" || state === "gone").length;
  const begun = coming.cards.some(({ state }) => state !== "waiting");
  const time = elapsed >= 1 ? `, ${Math.floor(elapsed)} s` : "";
  if (begun) return `${whole} of ${coming.n} so far${time}`;
  if (coming.reading) {
    const { read, total } = coming.reading;
    return `reading the prompt, ${Math.floor((100 * read) / Math.max(total, 1))} %`;
  }
  return `${coming.key ? "asking the model" : "getting ready"}${time}`;
}

/** What a brood has cost a person: time and money. */
export function costOf(spent: Cost): string {
  return [seconds(spent.seconds), ...spent.money.map(({ shown }) => shown)].join(" · ");
}

/** How many tokens a brood has cost. */
export function tokensOf(spent: Cost): string {
  const known = spent.cached > 0 ? `, ${number(spent.cached)} of them remembered` : "";
  return `${count(spent.prompt, "token")} read${known} · ${number(spent.completion)} written`;
}

/** What the whole bed has cost, and what each text that was kept. */
export function costSoFar(spent: Cost): string {
  const said = [
    `So far ${count(spent.broods, "brood")}`,
    seconds(spent.seconds),
    ...spent.money.map(({ shown }) => shown),
  ];
  if (spent.kept > 0) {
    const each = spent.money_each_kept.map(({ shown }) => shown);
    said.push(`${number(spent.kept)} kept${each.length > 0 ? `, at ${each.join(" and ")} each` : ""}`);
  }
  return `${said.join(" · ")}.`;
}

/** How many tokens the whole bed has cost, and each text that was kept. */
export function tokensSoFar(spent: Cost): string {
  const each = spent.tokens_each_kept;
  const kept = each === null ? "" : `, ${number(Math.round(each))} for each text that was kept`;
  return `Its broods have cost ${count(spent.prompt + spent.completion, "token")}${kept}.`;
}

const verbs: Readonly<Record<string, string>> = { bred: "Bred", refined: "Refined", worsened: "Made worse" };

/** What an earlier brood was, in a line. */
export function told(brood: Brood): string {
  const from =
    brood.operation === "bred" && brood.parents.length > 0
      ? ` from ${count(brood.parents.length, "parent")}`
      : "";
  const start = brood.start ? `, beginning with “${firstLine(brood.start, 30)}”` : "";
  return `${verbs[brood.operation] ?? brood.operation}${from}${start}`;
}

/** When something was, as short as it is clear. */
export function when(at: string, now = new Date()): string {
  const then = new Date(at);
  const time = then.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (then.toDateString() === now.toDateString()) return time;
  return `${then.toLocaleDateString("en-GB", { day: "numeric", month: "long" })}, ${time}`;
}

/** What the prompt has that the model knows already, and what it has yet to read. Counted in characters, as Python does. */
export function halves(prompt: string, known: number): readonly [string, string] {
  const letters = [...prompt];
  return [letters.slice(0, known).join(""), letters.slice(known).join("")];
}

export function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
