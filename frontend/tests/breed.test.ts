import { expect, test } from "vitest";

import { landing, pull } from "../src/breed/drag.svelte";
import {
  divisions,
  ruleOf,
  firstLine,
  fold,
  halves,
  height,
  LINES,
  ROOM,
  progress,
  room,
  stretches,
  writing,
} from "../src/words";
import { isPersons } from "../src/parts/verse";
import { begin, fold as take, placed } from "../src/state/coming";
import type { Text } from "../src/state/types";

function text(id: number, content = "", more: Partial<Text> = {}): Text {
  const origin = { author: "model", source: null } as Text["origin"];
  return {
    id,
    title: content,
    content,
    origin,
    named: "",
    medium: null,
    prose: false,
    by: "",
    writer: "model",
    brood: null,
    flaws: [],
    mean_logprob: null,
    marks: [],
    tags: [],
    spans: [],
    changes: null,
    ...more,
  };
}

test("spans are cut by characters, not by halves of them", () => {
  const spans = [
    { author: "person", length: 2 },
    { author: "model", length: 3 },
  ] as const;
  expect(stretches(text(1, "🌱a bc", { spans: [...spans] }))).toEqual([
    { text: "🌱a", by: "person" },
    { text: " bc", by: "model" },
  ]);
});

test("spans that do not reach the end lose none of the text", () => {
  expect(stretches(text(1, "abc", { spans: [{ author: "person", length: 1 }] }))).toEqual([
    { text: "a", by: "person" },
    { text: "bc", by: "model" },
  ]);
});

test("a published poem has the colour of print", () => {
  expect(stretches(text(1, "sea", { writer: "source", spans: [{ author: "source", length: 3 }] }))).toEqual([
    { text: "sea", by: "source" },
  ]);
  expect(stretches(text(1, "sea", { writer: "source" }))).toEqual([{ text: "sea", by: "source" }]);
  expect(isPersons({ by: "source" })).toBe(false);
});

test("the words that an offspring had to begin with are the person's", () => {
  expect(writing("the wind blew", "the wind")).toEqual([
    { text: "the wind", by: "person" },
    { text: " blew", by: "model" },
  ]);
  expect(writing("else", "the wind")).toEqual([{ text: "else", by: "model" }]);
});

test("no poem is folded that has fourteen lines", () => {
  expect(fold(Array(LINES).fill("a line").join("\n"))).toBeUndefined();
});

test("a long poem is folded after its fourteenth line", () => {
  const lines = Array.from({ length: 40 }, (_, at) => `line ${at}`);
  expect(
    lines
      .join("\n")
      .slice(0, fold(lines.join("\n")))
      .trimEnd(),
  ).toBe(lines.slice(0, LINES).join("\n"));
});

test("one line without an end is folded at a blank", () => {
  const words = "word ".repeat(400);
  const cut = fold(words) ?? 0;
  expect(words.slice(0, cut)).toMatch(/word$/);
  expect(height(words.slice(0, cut))).toBeLessThanOrEqual(LINES);
});

test("a word without an end is folded too, and never within a character", () => {
  expect(fold("a".repeat(3000))).toBe(LINES * 36);
  expect(fold(`a${"🌱".repeat(1500)}`)).toBe(LINES * 36 - 1);
});

test("room is kept for what is usual among the parents, and never for very much", () => {
  expect(room([])).toBe(4);
  expect(room(["a\nb\nc\nd\ne\nf", "a", "a\nb\nc\nd\ne\nf"])).toBe(6);
  expect(room(["a\n".repeat(100)])).toBe(ROOM);
});

test("lines drawn between poems part them, and the blank lines within stay", () => {
  const ways = divisions("one\n---\ntwo\n\nstill two\n * * *\n---\r\nthree\n");
  expect(ways.map(({ texts }) => texts.length)).toEqual([1, 3]);
  expect(ways[1]?.texts[1]).toBe("two\n\nstill two\n * * *");
});

test("without lines between them, blank lines part poems, wide ones before narrow ones", () => {
  const ways = divisions("a\n\na\n\n\nb\n\nb");
  expect(ways.map(({ texts }) => texts)).toEqual([
    ["a\n\na\n\n\nb\n\nb"],
    ["a\n\na", "b\n\nb"],
    ["a", "a", "b", "b"],
  ]);
});

test("an indented first line keeps its place when pasted", () => {
  expect(divisions("\n\n    far in\nnear")[0]?.texts).toEqual(["    far in\nnear"]);
});

test("blank text is no poem", () => {
  expect(divisions("   \n")).toEqual([{ by: "", texts: [] }]);
});

test("the first line is the first that says something", () => {
  expect(firstLine("\n  \n  the sea  \nmore")).toBe("the sea");
  expect(firstLine("abcdef", 4)).toBe("abc…");
});

test("what is remembered of a prompt is counted in characters", () => {
  expect(halves("🌱🌱abc", 3)).toEqual(["🌱🌱a", "bc"]);
});

test("progress tells of the reading first, then of what is whole", () => {
  let coming = begin({ key: "k", operation: "bred", n: 2, shown: 2, start: "", start_spans: [] });
  expect(progress(coming, 0)).toBe("asking the model");
  coming = take(coming, { id: "1", event: "reading", data: '{"read": 120, "total": 400}' });
  expect(progress(coming, 0.2)).toBe("reading the prompt, 30 %");
  coming = take(coming, { id: "2", event: "token", data: '{"index": 0, "text": "The"}' });
  coming = take(coming, {
    id: "3",
    event: "offspring",
    data: JSON.stringify({ index: 0, text: text(1, "The sea") }),
  });
  expect(progress(coming, 4.2)).toBe("1 of 2 so far, 4 s");
});

test("an edit, a drop and a gap leave each offspring in its own place", () => {
  const [a, b, c, d] = [1, 2, 3, 4].map((id) => text(id)) as [Text, Text, Text, Text];
  const edit = text(9);
  // Place 1 was dropped, place 2 was edited, nothing came in place 3.
  expect(placed([a, null, edit, null, d], [a, b, c, d])).toEqual([a, b, c, undefined, d]);
});

test("what is carried lands before all whose middle it has not passed", () => {
  const tops = [0, 100, 200, 300];
  const heights = [90, 90, 90, 90];
  expect(landing(tops, heights, 0, 10)).toBe(0);
  expect(landing(tops, heights, 0, 60)).toBe(1);
  expect(landing(tops, heights, 0, 400)).toBe(3);
  expect(landing(tops, heights, 3, -160)).toBe(1);
  expect(landing(tops, heights, 3, -900)).toBe(0);
});

test("while one is carried near an edge the column scrolls, faster the nearer; elsewhere it rests", () => {
  const edges = [100, 900] as const;
  expect(pull(500, edges)).toBe(0);
  expect(pull(150, edges)).toBeLessThan(0);
  expect(pull(110, edges)).toBeLessThan(pull(150, edges));
  expect(pull(890, edges)).toBeGreaterThan(pull(850, edges));
  expect(pull(2000, edges)).toBe(pull(900, edges));
});

test("a first line is cut between two words", () => {
  expect(firstLine("black swallows swooping or gliding", 20)).toBe("black swallows…");
  expect(firstLine("black swallows", 14)).toBe("black swallows");
  expect(firstLine("b".repeat(30), 10)).toBe(`${"b".repeat(9)}…`);
});

test("a text is folded at the end of a line, and long prose at the end of a sentence", () => {
  const long = "a line that is so long that it takes two lines of its card, or three";
  const lines = Array(20).fill(long);
  const shown = lines.join("\n").slice(0, fold(lines.join("\n")));
  expect(shown.split("\n").every((line) => line === long)).toBe(true);
  const prose = "It rained all day on the roofs of the town. ".repeat(30);
  expect(prose.slice(0, fold(prose)).endsWith(".")).toBe(true);
});

test("the line that was drawn between texts most often is found", () => {
  expect(ruleOf("a gull\n***\nthe tide\r\n***\r\nsalt\n____\nsand")).toBe("***");
  expect(ruleOf("one\n-----\ntwo")).toBe("-----");
  expect(ruleOf("a *** gull\n  ***\n**\n---\n* * *")).toBeUndefined();
});
