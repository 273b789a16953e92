import { expect, test } from "vitest";

import { belongs, grownFrom, offers } from "../src/refine/brood";
import { authored, counts, isFar, marked } from "../src/refine/changes";
import { beyond } from "../src/refine/spots";
import { counted } from "../src/refine/words";
import type { Bed, Brood, Change, Text } from "../src/state/types";

function changes(...stretches: readonly [Change["kind"], string][]): Change[] {
  return stretches.map(([kind, text]) => ({ kind, text }));
}

test("only words are counted", () => {
  const found = changes(
    ["same", "a "],
    ["new", "white "],
    ["same", "dove"],
    ["gone", ","],
    ["new", " -- don’t"],
  );
  expect(counts(found)).toEqual({ added: 2, removed: 0 });
  expect(counts(changes(["gone", "鳩が飛ぶ"]))).toEqual({ added: 0, removed: 4 });
});

test("a text that shares a few small words is far, an edit is not", () => {
  const far = changes(["new", "the night is "], ["same", "a "], ["gone", "dove"], ["new", "long road home"]);
  expect(isFar(far)).toBe(true);
  expect(isFar(changes(["same", "a dove flies "], ["gone", "up"], ["new", "home"]))).toBe(false);
  expect(isFar(changes(["same", "a dove"], ["gone", " flies up"]))).toBe(false);
});

test("marks are on words, not on the blanks beside them", () => {
  const found = changes(
    ["same", "a "],
    ["new", "white "],
    ["same", "dove"],
    ["gone", "\n"],
    ["new", " "],
    ["same", "flies"],
    ["new", " up\n"],
  );
  expect(
    marked(found)
      .map(({ kind, text }) => (kind === "new" ? `[${text}]` : text))
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
        { kind: "new", text: "dove up" },
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
  const brood = {
    operation: "refined",
    parents: [1, 2, 7],
    offspring: [text(8), text(9)],
  } as unknown as Brood;
  const under = (...chain: Text[]): boolean => belongs(brood, { chain, later: [] });
  expect(under(text(7))).toBe(true);
  expect(under(text(9))).toBe(true);
  expect(under(text(12, { origin: { author: "person", parents: [7] } }))).toBe(true);
  expect(under(text(12, { origin: { parents: [1, 7] } }))).toBe(false);
  expect(under(text(2))).toBe(false);
  expect(belongs(brood, { chain: [text(3)], later: [text(7)] })).toBe(true);
  expect(belongs({ ...brood, operation: "bred" }, { chain: [text(7)], later: [] })).toBe(false);
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
