/**
 * Where each text of a family stands: generations below each other, each text as near as there is room to the middle
 * of those it came from. Computed at once and the same each time, as a layout by forces for thousands is neither.
 */

import type { Kin } from "./kin";

/** How large texts are drawn and how far apart, at a zoom of 1. */
export interface Measures {
  readonly width: number;
  readonly height: number;
  readonly across: number;
  /** Between generations. */
  readonly down: number;
  /** Between the rows of one generation. */
  readonly between: number;
  /** A longer generation is broken into rows. */
  readonly most: number;
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly places: ReadonlyMap<number, Place>;
  /** The ids as they stand side by side, row by row. */
  readonly rows: readonly (readonly number[])[];
}

/** A family of more texts is drawn in dots. */
export const MOST_CARDS = 120;

const cards: Measures = { width: 172, height: 56, across: 20, down: 76, between: 18, most: 7 };

/** Cards that can be read for a small family, dots for a large one. */
export function measuresOf(kin: Kin): Measures {
  if (kin.texts.size <= MOST_CARDS) return cards;
  const most = Math.max(24, Math.ceil(1.4 * Math.sqrt(kin.texts.size)));
  // A long line of generations is drawn closer, or one sees a thread.
  const down = kin.layers.length > 60 ? 30 : 52;
  return { width: 12, height: 12, across: 20, down, between: 32, most };
}

export function arrange(kin: Kin, size: Measures = measuresOf(kin)): Layout {
  const pitch = size.width + size.across;
  const blocks = kin.layers.map((layer) => new Block(layer, size.most, pitch));
  const x = new Map<number, number>();
  const note = (block: Block): void =>
    block.columns.forEach((ids, n) => ids.forEach((id) => x.set(id, block.at[n]!)));
  blocks.forEach(note);
  const settle = (block: Block, near: (id: number) => readonly number[]): void => {
    block.settle((id) => middle(near(id), x) ?? x.get(id)!);
    note(block);
  };
  for (let pass = 0; pass < 3; pass++) {
    if (pass > 0) for (const block of blocks.toReversed()) settle(block, (id) => kin.children(id));
    for (const block of blocks) settle(block, (id) => kin.parents(id));
  }
  return place(blocks, size, pitch);
}

/** The texts of a generation in columns, filled from the left, so that kin stays together. */
class Block {
  columns: number[][];
  at: number[];
  readonly rows: number;
  #ids: readonly number[];
  #pitch: number;

  constructor(ids: readonly number[], most: number, pitch: number) {
    this.#ids = ids;
    this.#pitch = pitch;
    this.rows = Math.ceil(ids.length / most);
    this.columns = inColumns(ids, this.rows);
    this.at = this.columns.map((_, n) => (n - (this.columns.length - 1) / 2) * pitch);
  }

  /** Orders the texts by where each would like to stand, and puts them as near to it as there is room. */
  settle(wish: (id: number) => number): void {
    const wishes = new Map(this.#ids.map((id) => [id, wish(id)]));
    this.#ids = this.#ids.toSorted((a, b) => wishes.get(a)! - wishes.get(b)! || a - b);
    this.columns = inColumns(this.#ids, this.rows);
    this.at = spread(
      this.columns.map((ids) => mean(ids.map((id) => wishes.get(id)!))),
      this.#pitch,
    );
  }
}

function inColumns(ids: readonly number[], rows: number): number[][] {
  const columns: number[][] = [];
  for (let at = 0; at < ids.length; at += rows) columns.push(ids.slice(at, at + rows));
  return columns;
}

/**
 * Gives places at least `pitch` apart, in this order, whose squared distance from the wishes is the least: an isotonic
 * regression, by pooling neighbours that are in each other's way.
 */
export function spread(wishes: readonly number[], pitch: number): number[] {
  const pools: { sum: number; count: number }[] = [];
  wishes.forEach((wish, n) => {
    let pool = { sum: wish - n * pitch, count: 1 };
    for (
      let last = pools.at(-1);
      last && last.sum / last.count > pool.sum / pool.count;
      last = pools.at(-1)
    ) {
      pool = { sum: last.sum + pool.sum, count: last.count + pool.count };
      pools.pop();
    }
    pools.push(pool);
  });
  return pools
    .flatMap(({ sum, count }) => Array<number>(count).fill(sum / count))
    .map((at, n) => at + n * pitch);
}

function place(blocks: readonly Block[], size: Measures, pitch: number): Layout {
  const places = new Map<number, Place>();
  const rows: number[][] = [];
  let y = 0;
  for (const block of blocks) {
    const its = Array.from({ length: block.rows }, () => [] as number[]);
    block.columns.forEach((ids, n) =>
      ids.forEach((id, row) => {
        // Every other row is shifted, so that lines to it pass between those above.
        places.set(id, {
          x: block.at[n]! + (row % 2 ? pitch / 2 : 0),
          y: y + row * (size.height + size.between),
        });
        its[row]!.push(id);
      }),
    );
    rows.push(...its);
    y += block.rows * (size.height + size.between) - size.between + size.down;
  }
  return { places, rows };
}

function middle(near: readonly number[], x: ReadonlyMap<number, number>): number | undefined {
  return near.length === 0 ? undefined : mean(near.map((id) => x.get(id)!));
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}
