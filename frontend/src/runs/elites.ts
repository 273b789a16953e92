/** The texts of a run's archive, by their cells and by the squares of its map. */

import type { components } from "../api/client";
import { measureWords } from "./words";

type Schemas = components["schemas"];
/** Openapi-fetch gives pairs as lists of any length. */
export type Run = Omit<Schemas["RunBody"], "bends"> & { readonly bends: readonly (readonly number[])[] };
export type RunSummary = Schemas["RunSummary"];
export type RunChoices = Schemas["RunChoices"];
export type Step = Schemas["RunStepBody"];
export type Spot = readonly [x: number, y: number];

/** A text of the archive. */
export interface Elite {
  readonly text: number;
  readonly cell: number;
  readonly x: number;
  readonly y: number;
  readonly quality: number;
  readonly measures: readonly number[];
  readonly line: string;
  readonly own: boolean;
}

/** The rows of lists that belong together. */
export function rowsOf(lists: Schemas["ElitesBody"]): Elite[] {
  return lists.text.map((text, n) => ({
    text,
    cell: lists.cell[n] ?? 0,
    x: lists.x[n] ?? 0,
    y: lists.y[n] ?? 0,
    quality: lists.quality[n] ?? 0,
    measures: lists.measures[n] ?? [],
    line: lists.line[n] ?? "",
    own: lists.own[n] ?? false,
  }));
}

/** The best text of each square, by `placeOf`. */
export function squaresOf(elites: Iterable<Elite>, columns: number): Map<number, Elite> {
  const squares = new Map<number, Elite>();
  for (const elite of elites) {
    const place = placeOf([elite.x, elite.y], columns);
    const there = squares.get(place);
    if (there === undefined || elite.quality > there.quality) squares.set(place, elite);
  }
  return squares;
}

export function placeOf([x, y]: Spot, columns: number): number {
  return y * columns + x;
}

/** The next square with a text in a direction, on the same line first; undefined where there is none. */
export function nextFilled(squares: Map<number, Elite>, from: Spot, by: Spot): Elite | undefined {
  let found: Elite | undefined;
  let least = Infinity;
  for (const elite of squares.values()) {
    const along = (elite.x - from[0]) * by[0] + (elite.y - from[1]) * by[1];
    const aside = Math.abs((elite.x - from[0]) * by[1]) + Math.abs((elite.y - from[1]) * by[0]);
    const far = along + 3 * aside;
    if (along > 0 && far < least) [found, least] = [elite, far];
  }
  return found;
}

/** What the measures of a square are: a range for each of the two. */
export function rangesOf(run: Run, [x, y]: Spot): string {
  const parts = [run.columns, run.rows];
  return run.axes
    .slice(0, 2)
    .map((axis, n) => {
      const width = (axis.high - axis.low) / (parts[n] ?? 1);
      const low = axis.low + width * (n === 0 ? x : y);
      return `${measureWords(axis.name)} ${short(low)} to ${short(low + width)}`;
    })
    .join(", ");
}

/** A number in three digits, without needless zeros. */
export function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
