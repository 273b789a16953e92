import { expect, test } from "vitest";

import { belongs, grownFrom, offers } from "../src/refine/brood";
import { authored, counts, isFar, marked, wordDiff } from "../src/refine/diff";
import { beyond } from "../src/refine/spots";
import { counted } from "../src/refine/words";
import type { Bed, Brood, Text } from "../src/state/types";

const pairs = [
  ["", ""],
  ["", "a dove"],
  ["a dove", ""],
  ["A dove flies up\nfrom the hedgerow", "A dove springs out,\nstartled, from the bare hedgerow"],
  ["one\r\ntwo\n\nthree ", " one\ntwo\n\n\nthree"],
  ["don't go, don’t", "don't stay"],
  ["鳩が飛ぶ", "鳩は飛んだ"],
  ["naïve café 🕊️", "naive café 🕊️🕊️"],
  ["<b>&amp;</b>", "<i>&lt;</i>"],
  ["\ud800 broken", "broken \udc00"],
] as const;

test.each(pairs)("a diff of %j and %j gives both again", (before, after) => {
  const parts = wordDiff(before, after);
  const without = (kind: string): string =>
    parts.flatMap((part) => (part.kind === kind ? [] : [part.text])).join("");
  expect(without("added")).toBe(before);
  expect(without("removed")).toBe(after);
  expect(parts.every((part) => part.text !== "")).toBe(true);
  parts.forEach((part, at) => expect(part.kind).not.toBe(parts[at + 1]?.kind));
});

test("words are compared, and what went stands before what came", () => {
  expect(wordDiff("a big dove\njumps up", "a white dove\nflies up")).toEqual([
    { kind: "same", text: "a " },
    { kind: "removed", text: "big" },
    { kind: "added", text: "white" },
    { kind: "same", text: " dove\n" },
    { kind: "removed", text: "jumps" },
    { kind: "added", text: "flies" },
    { kind: "same", text: " up" },
  ]);
});

test("blanks between two changed words belong to the change", () => {
  expect(wordDiff("one two", "three four")).toEqual([
    { kind: "removed", text: "one two" },
    { kind: "added", text: "three four" },
  ]);
});

test("two long texts with nothing in common are compared at once", () => {
  const parts = wordDiff("a ".repeat(50_000), "b ".repeat(50_000));
  expect(parts.map((part) => part.kind)).toEqual(["removed", "added", "same"]); // the last blank
});

test("only words are counted", () => {
  expect(counts(wordDiff("a dove, up", "a white dove -- now up!"))).toEqual({ added: 2, removed: 0 });
});

test("a text that shares a few small words is far, an edit is not", () => {
  expect(isFar(wordDiff("a dove flies up", "the night is a long road home"))).toBe(true);
  expect(isFar(wordDiff("a dove flies up", "a dove flies home"))).toBe(false);
  expect(isFar(wordDiff("a dove flies up", "a dove"))).toBe(false);
});

test("marks are on words, not on the blanks beside them", () => {
  const parts = wordDiff("a dove\nflies", "a white dove flies up\n");
  expect(
    marked(parts)
      .map(({ kind, text }) => (kind === "added" ? `[${text}]` : text))
      .join(""),
  ).toBe("a [white] dove flies [up]\n");
});

test("a version is cut where its author changes, and nothing of it is lost", () => {
  const spans = [
    { author: "model", length: 4 },
    { author: "person", length: 3 },
  ] as const;
  expect(
    authored(
      [
        { kind: "same", text: "a " },
        { kind: "added", text: "dove up" },
      ],
      spans,
      "model",
    ),
  ).toEqual([
    { text: "a ", isNew: false, by: "model" },
    { text: "do", isNew: true, by: "model" },
    { text: "ve ", isNew: true, by: "person" },
    { text: "up", isNew: true, by: "model" },
  ]);
  const dove = [
    { author: "person", length: 1 },
    { author: "model", length: 1 },
  ] as const;
  expect(authored([{ kind: "same", text: "🕊🌱" }], dove, "model").map(({ text }) => text)).toEqual([
    "🕊",
    "🌱",
  ]);
});

test("numbers are said in words while they are small", () => {
  expect([0, 1, 6, 30].map((n) => counted(n, "chain"))).toEqual([
    "no chains",
    "one chain",
    "six chains",
    "30 chains",
  ]);
});

test("down leads to the nearest row, and there to what lies most nearly below", () => {
  const at = (key: string, left: number, top: number) => ({
    key,
    left,
    top,
    right: left + 100,
    bottom: top + 50,
  });
  const places = [at("a", 0, 0), at("b", 200, 0), at("c", 0, 100), at("d", 210, 110), at("e", 0, 400)];
  expect(beyond(places, at("b", 200, 0), "down")).toBe("d");
  expect(beyond(places, at("d", 210, 110), "up")).toBe("b");
  expect(beyond(places, at("d", 210, 110), "down")).toBe("e");
  expect(beyond(places, at("a", 0, 0), "up")).toBeUndefined();
});

function text(
  id: number,
  more: { marks?: string[]; flaws?: unknown[]; changes?: unknown; origin?: object } = {},
): Text {
  const origin = { author: "model", parents: [], ...more.origin };
  return {
    id,
    content: `text ${id}`,
    marks: [],
    flaws: [],
    changes: null,
    ...more,
    origin,
  } as unknown as Text;
}

test("a brood belongs to the text that it was grown from", () => {
  const brood = { kind: "refined", parents: [1, 2, 7], offspring: [text(8), text(9)] } as unknown as Brood;
  const under = (...chain: Text[]): boolean => belongs(brood, { chain, later: [] });
  expect(under(text(7))).toBe(true);
  expect(under(text(9))).toBe(true);
  expect(under(text(12, { origin: { author: "person", parents: [7] } }))).toBe(true);
  expect(under(text(12, { origin: { parents: [1, 7] } }))).toBe(false);
  expect(under(text(2))).toBe(false);
  expect(belongs(brood, { chain: [text(3)], later: [text(7)] })).toBe(true);
  expect(belongs({ ...brood, kind: "bred" }, { chain: [text(7)], later: [] })).toBe(false);
});

test("what a candidate was grown from is in its changes, unless a person edited it", () => {
  const changes = [
    { kind: "same", text: "a " },
    { kind: "gone", text: "dove" },
    { kind: "new", text: "crow" },
  ];
  const edited = text(5, { changes, origin: { author: "person", parents: [4] } });
  const grown = text(4, { changes, origin: { parents: [1, 3] } });
  expect(grownFrom([undefined, edited, grown])).toEqual({ id: 3, content: "a dove" });
  expect(grownFrom([edited])).toBeUndefined();
});

test("what may be refined is offered once, kept ones first, without what is flawed", () => {
  const kept = text(2, { marks: ["keep"] });
  const bed = {
    parents: [text(1), kept],
    shown: [text(3), null, kept, text(4, { flaws: [{}] })],
  } as unknown as Bed;
  expect(offers(bed, []).map(({ texts }) => texts.map(({ id }) => id))).toEqual([[2], [3], [1]]);
});
