/** Going through a family with the arrows: to a parent, to a child, and to what stands beside. */

import type { Kin } from "./kin";
import type { Layout } from "./layout";

export type Step = "up" | "down" | "left" | "right";

export class Walk {
  readonly #kin: Kin;
  readonly #layout: Layout;
  readonly #order: readonly number[];
  /** Where one came from, so that the way back is the way there. */
  readonly #below = new Map<number, number>();
  readonly #above = new Map<number, number>();

  constructor(kin: Kin, layout: Layout) {
    this.#kin = kin;
    this.#layout = layout;
    this.#order = layout.rows.flat();
  }

  /** The text that a step leads to; undefined where there is none. */
  to(step: Step, from: number): number | undefined {
    if (step === "left" || step === "right") return this.#beside(from, step === "left" ? -1 : 1);
    const up = step === "up";
    const near = up ? this.#kin.parents(from) : this.#kin.children(from);
    const before = (up ? this.#above : this.#below).get(from);
    // Of parents the best, of children the one right below.
    const next = before ?? (up ? near.at(-1) : this.#closest(from, near));
    if (next !== undefined) (up ? this.#below : this.#above).set(next, from);
    return next;
  }

  #beside(from: number, by: number): number | undefined {
    return this.#order[this.#order.indexOf(from) + by];
  }

  #closest(from: number, near: readonly number[]): number | undefined {
    const x = (id: number): number => this.#layout.places.get(id)?.x ?? 0;
    return near.toSorted((a, b) => Math.abs(x(a) - x(from)) - Math.abs(x(b) - x(from)) || a - b)[0];
  }
}
