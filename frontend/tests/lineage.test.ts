import { describe, expect, it } from "vitest";

import { Kin, type Edge, type Relative } from "../src/lineage/kin";
import { arrange, measuresOf, spread, type Layout } from "../src/lineage/layout";
import { Walk } from "../src/lineage/walk";

function text(id: number, layer: number): Relative {
  return { id, name: `text ${id}`, kind: "model", by: "bred here", layer, marks: [], flawed: false };
}

function edge(child: number, parent: number, place = 0): Edge {
  return { child, parent, place, role: "parent" };
}

function family(root: number, layers: number[][], edges: Edge[]): Kin {
  const texts = layers.flatMap((ids, layer) => ids.map((id) => text(id, layer)));
  return new Kin({ root, way: "both", whole: true, texts, edges });
}

/** Two libraries, two broods, and a text bred from one of each. */
const small = family(
  5,
  [[1, 2], [3, 4, 5, 6], [7]],
  [edge(3, 2), edge(4, 1), edge(5, 1), edge(5, 2, 1), edge(6, 2), edge(7, 5), edge(7, 3, 1)],
);

function crossings(kin: Kin, { places }: Layout): number {
  const at = (id: number) => places.get(id)!;
  const pairs = kin.edges.flatMap((a) => kin.edges.map((b) => [a, b] as const));
  return pairs.filter(
    ([a, b]) =>
      at(a.parent).y === at(b.parent).y &&
      at(a.child).y === at(b.child).y &&
      at(a.parent).x < at(b.parent).x &&
      at(a.child).x > at(b.child).x,
  ).length;
}

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

describe("the layout", () => {
  it("stands children below all of their parents", () => {
    const { places } = arrange(small);
    for (const { child, parent } of small.edges)
      expect(places.get(child)!.y).toBeGreaterThan(places.get(parent)!.y);
  });

  it("lets no two texts overlap, in one row or in many", () => {
    const ids = Array.from({ length: 700 }, (_, n) => n + 2);
    const kin = family(
      1,
      [[1], ids],
      ids.map((id) => edge(id, 1)),
    );
    const size = measuresOf(kin);
    const { places, rows } = arrange(kin, size);
    expect(places.size).toBe(701);
    expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(size.most);
    const all = [...places.values()];
    const overlap = all.some((a, n) =>
      all.slice(n + 1).some((b) => Math.abs(a.x - b.x) < size.width && Math.abs(a.y - b.y) < size.height),
    );
    expect(overlap).toBe(false);
  });

  it("untangles what can be untangled", () => {
    // As numbered, each of these lines crosses the other.
    const kin = family(
      1,
      [
        [1, 2],
        [3, 4],
      ],
      [edge(3, 2), edge(4, 1)],
    );
    expect(crossings(kin, arrange(kin))).toBe(0);
    expect(crossings(small, arrange(small))).toBe(0);
  });

  it("stands an only child right below an only parent", () => {
    const kin = family(1, [[1], [2]], [edge(2, 1)]);
    const { places } = arrange(kin);
    expect(places.get(2)!.x).toBe(places.get(1)!.x);
  });

  it("is the same each time", () => {
    expect([...arrange(small).places]).toEqual([...arrange(small).places]);
  });

  it("spreads wishes no further than it must", () => {
    expect(spread([0, 0], 10)).toEqual([-5, 5]);
    expect(spread([0, 30], 10)).toEqual([0, 30]);
    expect(spread([5, 5, 100], 10)).toEqual([0, 10, 100]);
    expect(spread([], 10)).toEqual([]);
  });
});

describe("walking", () => {
  const walk = (): Walk => new Walk(small, arrange(small));

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
    let at = arrange(small).rows[0]![0];
    while (at !== undefined) {
      seen.push(at);
      at = steps.to("right", at);
    }
    expect(new Set(seen)).toEqual(new Set(small.texts.keys()));
    expect(steps.to("left", seen[3]!)).toBe(seen[2]);
  });
});
