/** A family, so that it can be walked: who came from whom, and in which layer each stands. */

import type { components } from "../api/client";
import { seen } from "../parts/verse";

type Schemas = components["schemas"];

export type Family = Schemas["FamilyBody"];
export type Relative = Schemas["RelativeBody"];
export type Edge = Schemas["Edge"];
export type Way = Family["way"];
/** How large the texts are drawn and how far apart, at a zoom of 1. */
export type Measures = Family["measures"];

/** Where the middle of a text stands. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Read once from the server's answer, never changed. */
export class Kin {
  readonly root: number;
  readonly way: Way;
  /** Whether these are all; else the nearest of them. */
  readonly whole: boolean;
  /** How many texts these are, with those that stand behind others. */
  readonly count: number;
  readonly texts: ReadonlyMap<number, Relative>;
  readonly edges: readonly Edge[];
  readonly measures: Measures;
  /** Their ids as they stand side by side, row by row. */
  readonly order: readonly number[];
  /** Their ids in layers, each below all that it came from. */
  readonly layers: readonly (readonly number[])[];
  readonly #parents = new Map<number, number[]>();
  readonly #children = new Map<number, number[]>();

  constructor(family: Family) {
    this.root = family.root;
    this.way = family.way;
    this.whole = family.whole;
    this.count = family.count;
    this.texts = new Map(
      family.texts.map((text) => [text.id, { ...text, name: seen(text.name), line: seen(text.line) }]),
    );
    this.edges = family.edges.filter((edge) => this.texts.has(edge.child) && this.texts.has(edge.parent));
    this.layers = layersOf(family.texts);
    this.measures = family.measures;
    this.order = family.texts.toSorted((a, b) => a.y - b.y || a.x - b.x).map((text) => text.id);
    for (const { child, parent } of this.edges) {
      addOnce(this.#parents, child, parent);
      addOnce(this.#children, parent, child);
    }
  }

  /** What a text came from, in the order of its prompt: the best last; each once. */
  parents(id: number): readonly number[] {
    return this.#parents.get(id) ?? [];
  }

  /** What came of a text. */
  children(id: number): readonly number[] {
    return this.#children.get(id) ?? [];
  }

  /** How a generation is called, seen from the text whose family it is. */
  nameOf(layer: number): string {
    const away = layer - (this.texts.get(this.root)?.layer ?? 0);
    if (away === 0) return "Of its own generation";
    const count = Math.abs(away) === 1 ? "One generation" : `${Math.abs(away)} generations`;
    return `${count} ${away < 0 ? "before" : "after"}`;
  }

  /** Of many edges those nearest to the root, going outwards; tens of thousands of lines show nothing. */
  nearest(most: number): readonly Edge[] {
    if (this.edges.length <= most) return this.edges;
    const up = this.#far((id) => this.parents(id));
    const down = this.#far((id) => this.children(id));
    const far = (edge: Edge): number =>
      Math.min(up.get(edge.child) ?? Infinity, down.get(edge.parent) ?? Infinity);
    return this.edges
      .filter((edge) => far(edge) < Infinity)
      .sort((a, b) => far(a) - far(b))
      .slice(0, most);
  }

  /** How many steps the texts that are reached from the root are away from it. */
  #far(next: (id: number) => readonly number[]): Map<number, number> {
    const far = new Map([[this.root, 0]]);
    for (const [id, steps] of far) for (const near of next(id)) if (!far.has(near)) far.set(near, steps + 1);
    return far;
  }
}

/** Characters that have room on a card, and on one whose last line is for what is behind it. */
const LINES = 44;
const PILED = 36;

/** What stands on the card of a text: what it changed, or the line that no other has; and what is behind it. */
export function cardOf(text: Relative): string {
  const most = text.behind.length > 0 ? PILED : LINES;
  const words = isTelling(text) ? changeOf(text, most) : shortened(text.line, most);
  return text.behind.length > 0 ? `${words}\n${pileOf(text)}` : words;
}

/** Whether the first change says what a text is: a lone sign does not, where more was changed behind it. */
function isTelling({ difference, changes }: Relative): boolean {
  const words = difference.filter(({ kind, text }) => kind !== "same" && /[\p{L}\p{N}]/u.test(text));
  return words.length > 0 || (difference.length > 0 && changes === 1);
}

/** How many other texts of its round stand behind a text, in words. */
export function pileOf({ behind }: Relative): string {
  return `and ${behind.length} more of its round`;
}

function changeOf({ difference, changes }: Relative, most: number): string {
  const [gone, fresh] = (["gone", "new"] as const).map((kind) =>
    seen(
      difference
        .filter((each) => each.kind === kind)
        .map((each) => each.text)
        .join("")
        .replace(/^[\s/]+|[\s/]+$/g, ""),
    ),
  );
  const more = changes > 1 ? `, and ${changes - 1} more` : "";
  if (!gone && !fresh) return `other blanks${more}`;
  const room = most - more.length;
  if (!gone) return `+ ${shortened(fresh!, room - 2)}${more}`;
  if (!fresh) return `− ${shortened(gone, room - 2)}${more}`;
  // What is new has the room that what is gone leaves, and at least half of it.
  const left = shortened(gone, Math.max(room - 3 - fresh.length, Math.floor(room / 2) - 2));
  return `${left} → ${shortened(fresh, room - 3 - left.length)}${more}`;
}

function shortened(words: string, most: number): string {
  return words.length <= most ? words : `${words.slice(0, most - 1).trimEnd()}…`;
}

function layersOf(texts: readonly Relative[]): number[][] {
  const layers: number[][] = [];
  for (const { id, layer } of texts) (layers[layer] ??= []).push(id);
  return layers.filter((layer) => layer.length > 0);
}

function addOnce(to: Map<number, number[]>, key: number, value: number): void {
  const there = to.get(key);
  if (there === undefined) to.set(key, [value]);
  else if (!there.includes(value)) there.push(value);
}
