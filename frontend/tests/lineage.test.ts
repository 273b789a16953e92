import { describe, expect, it } from "vitest";

import { cardOf, Kin, type Edge, type Relative } from "../src/lineage/kin";
import { Walk } from "../src/lineage/walk";

const measures = { cards: true, width: 80, height: 40, across: 20, down: 60, between: 10, most: 7 };

function text(id: number, layer: number, place: number): Relative {
  return {
    medium: null,
    x: 100 * place,
    y: 100 * layer,
    id,
    name: `text ${id}`,
    line: `line ${id}`,
    difference: [],
    changes: 0,
    brood: null,
    behind: [],
    kind: "model",
    by: "bred here",
    layer,
    marks: [],
    flawed: false,
  };
}

function edge(child: number, parent: number, place = 0): Edge {
  return { child, parent, place, role: "parent" };
}

function family(root: number, layers: number[][], edges: Edge[]): Kin {
  const texts = layers.flatMap((ids, layer) => ids.map((id, place) => text(id, layer, place)));
  return new Kin({ root, way: "both", measures, whole: true, count: texts.length, texts, edges });
}

/** Two libraries, two broods, and a text bred from one of each. */
const small = family(
  5,
  [[1, 2], [3, 4, 5, 6], [7]],
  [edge(3, 2), edge(4, 1), edge(5, 1), edge(5, 2, 1), edge(6, 2), edge(7, 5), edge(7, 3, 1)],
);

describe("a family", () => {
  it("knows parents in the order of the prompt, each once", () => {
    const kin = family(3, [[1, 2], [3]], [edge(3, 2), edge(3, 1, 1), edge(3, 2, 2)]);
    expect(kin.parents(3)).toEqual([2, 1]);
    expect(kin.children(2)).toEqual([3]);
    expect(kin.children(3)).toEqual([]);
  });

  it("passes over an edge to a text that is not there", () => {
    const kin = family(1, [[1]], [edge(1, 99)]);
    expect(kin.parents(1)).toEqual([]);
  });

  it("gives the edges nearest to the root when there are too many", () => {
    const kin = family(1, [[9], [1], [2], [3]], [edge(3, 2), edge(2, 1), edge(1, 9)]);
    expect(kin.nearest(2)).toEqual([edge(2, 1), edge(1, 9)]);
    expect(kin.nearest(3)).toHaveLength(3);
  });

  it("names generations from the root", () => {
    expect([0, 1, 2].map((layer) => small.nameOf(layer))).toEqual([
      "One generation before",
      "Of its own generation",
      "One generation after",
    ]);
  });
});

describe("walking", () => {
  const walk = (): Walk => new Walk(small);

  it("goes to the best parent, and back to where it came from", () => {
    const steps = walk();
    expect(steps.to("up", 5)).toBe(2);
    expect(steps.to("down", 2)).toBe(5);
    expect(steps.to("down", 5)).toBe(7);
    expect(steps.to("up", 7)).toBe(5);
  });

  it("goes nowhere where there is nothing", () => {
    expect(walk().to("up", 1)).toBeUndefined();
    expect(walk().to("down", 7)).toBeUndefined();
    expect(walk().to("right", 7)).toBeUndefined();
  });

  it("goes beside row by row, through all of them", () => {
    const steps = walk();
    const seen: number[] = [];
    let at: number | undefined = small.order[0];
    while (at !== undefined) {
      seen.push(at);
      at = steps.to("right", at);
    }
    expect(new Set(seen)).toEqual(new Set(small.texts.keys()));
    expect(steps.to("left", seen[3]!)).toBe(seen[2]);
  });
});

describe("a card", () => {
  const told = (difference: Relative["difference"], changes = 1, behind: number[] = []): string =>
    cardOf({ ...text(1, 0, 0), difference, changes, behind });

  it("says what was exchanged, added or taken out", () => {
    expect(
      told([
        { kind: "same", text: "a " },
        { kind: "gone", text: "grey" },
        { kind: "new", text: "wide" },
      ]),
    ).toBe("grey → wide");
    expect(told([{ kind: "new", text: "at dawn " }], 3)).toBe("+ at dawn, and 2 more");
    expect(told([{ kind: "gone", text: " slowly" }])).toBe("− slowly");
    expect(told([{ kind: "new", text: "\n" }])).toBe("other blanks");
  });

  it("says no more than it has room for", () => {
    const difference: Relative["difference"] = [
      { kind: "gone", text: "the apparition of these faces in the crowd" },
      { kind: "new", text: "an owl, and the moon over it, and nobody there" },
    ];
    expect(told(difference, 4)).toBe("the apparitio… → an owl, and th…, and 3 more");
    expect(told(difference, 4, [2, 3]).split("\n")[0]!.length).toBeLessThanOrEqual(36);
  });

  it("says its line where the first of several changes is a lone sign", () => {
    const difference: Relative["difference"] = [
      { kind: "gone", text: "“" },
      { kind: "same", text: "Don’t" },
    ];
    expect(told(difference, 4)).toBe("line 1");
    expect(told(difference)).toBe("− “");
  });

  it("says the line that no other text has, and what stands behind it", () => {
    expect(told([], 0)).toBe("line 1");
    expect(told([], 0, [2, 3])).toBe("line 1\nand 2 more of its round");
  });
});
