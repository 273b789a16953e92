import { describe, expect, it } from "vitest";

import { between, moved } from "../src/library/choosing";
import { nameOf } from "../src/library/download";
import { day, sampled, told } from "../src/library/origin";
import { around, excerpt } from "../src/library/runs";
import type { TextPage } from "../src/library/types";

describe("choosing", () => {
  const keys = ["a", "b", "c", "d"];

  it("takes all from one to another, in either direction", () => {
    expect(between(keys, "b", "d")).toEqual(["b", "c", "d"]);
    expect(between(keys, "d", "b")).toEqual(["b", "c", "d"]);
    expect(between(keys, "c", "c")).toEqual(["c"]);
  });

  it("takes one alone when the list has gone on without the first", () => {
    expect(between(keys, "z", "c")).toEqual(["c"]);
    expect(between(keys, undefined, "c")).toEqual(["c"]);
    expect(between(keys, "a", "z")).toEqual([]);
  });

  it("moves one to another place, and never beyond the ends", () => {
    expect(moved(keys, 0, 2)).toEqual(["b", "c", "a", "d"]);
    expect(moved(keys, 3, 0)).toEqual(["d", "a", "b", "c"]);
    expect(moved(keys, 1, 99)).toEqual(["a", "c", "d", "b"]);
    expect(moved(keys, 0, -1)).toBe(keys);
    expect(moved(keys, 9, 0)).toBe(keys);
  });
});

describe("runs", () => {
  it("finds the run whatever its case, marks and lines", () => {
    const parts = around("See, The FOG\ncomes -- on little feet", "the fog comes on");
    expect(parts).toEqual(["See, ", "The FOG\ncomes -- on", " little feet"]);
  });

  it("finds whole words only, apostrophes with them", () => {
    expect(around("foggy fog's fog", "fog")[0]).toBe("foggy fog's ");
    expect(around("I don’t know", "don't")[1]).toBe("");
    expect(around("nothing here", "fog")).toEqual(["nothing here", "", ""]);
    expect(around("été é", "ÉTÉ")[1]).toBe("été");
    expect(around("anything", "")).toEqual(["anything", "", ""]);
  });

  it("shows the lines around it", () => {
    const lines = (n: number, word: string): string =>
      Array.from({ length: n }, (_, at) => `${word}${at}`).join("\n");
    const cut = excerpt([`${lines(5, "b")}\n`, "run", `\n${lines(5, "a")}`]);
    expect(cut).toEqual(["…\nb3\nb4\n", "run", "\na0\na1\n…"]);
    expect(excerpt(["one\n", "run", "\ntwo"])).toEqual(["one\n", "run", "\ntwo"]);
  });
});

describe("the name of a download", () => {
  it("is the one with all its letters where there is one", () => {
    expect(nameOf(`attachment; filename="a.pdf"; filename*=UTF-8''%E2%98%83%20Schnee.pdf`)).toBe(
      "☃ Schnee.pdf",
    );
    expect(nameOf('attachment; filename="a.pdf"')).toBe("a.pdf");
    expect(nameOf("attachment; filename*=UTF-8''%E2%98")).toBe("flourishing");
    expect(nameOf("")).toBe("flourishing");
  });
});

describe("the origin of a text in words", () => {
  const origin = {
    author: "model",
    at: "2026-11-23T06:02:00Z",
    parents: [1, 2],
    examples: 0,
    pattern: "poems",
    start: "the wind",
    model: "gemma",
    sampling: { temperature: 1, top_p: 1, top_k: 0, min_p: 0.05, max_tokens: 160 },
    seed: 9,
    reproducible: true,
    finish: "stop",
    source: null,
  };
  const spans = [
    { author: "person", length: 8 },
    { author: "model", length: 24 },
  ];
  const text = { id: 3, content: "the wind …", origin, by: "bred here", spans, flaws: [] };
  const parent = { text, role: "parent" };
  const page = { text, brood: { operation: "bred" }, parents: [parent, parent] } as unknown as TextPage;

  it("says who made it of what, how it began, and how much is a person's", () => {
    expect(told(page)).toEqual([
      `Bred from 2 parents by gemma, ${day(origin.at)}.`,
      "It had to begin with “the wind”.",
      "25 % of its letters are a person’s, the rest the model’s.",
    ]);
  });

  it("says an edit is a person's, and of a published text where it was published", () => {
    const edit = { ...origin, author: "person", model: null, parents: [1], start: "" };
    expect(told({ ...page, brood: null, text: { ...text, origin: edit } } as unknown as TextPage)[0]).toMatch(
      /^Edited/,
    );
    const book = { ...edit, parents: [], source: { author: "H.D." } };
    const found = { ...text, by: "H.D., 1914", origin: book, spans: [{ author: "source", length: 10 }] };
    expect(told({ ...page, brood: null, parents: [], text: found } as unknown as TextPage)).toEqual([
      "H.D., 1914.",
    ]);
  });

  it("leaves out settings that do nothing", () => {
    expect(sampled(page.text).map(([words, value]) => `${words} ${value}`)).toEqual([
      "pattern poems",
      "temperature 1",
      "min-p 0.05",
      "longest 160 tokens",
      "seed 9",
      "ended by itself",
    ]);
  });
});
