/** Going through a family with the arrows: to a parent, to a child, and to what stands beside. */

import type { Kin } from "./kin";

export type Step = "up" | "down" | "left" | "right";

export class Walk {
  readonly #kin: Kin;
  /** Where one came from, so that the way back is the way there. */
  readonly #below = new Map<number, number>();
  readonly #above = new Map<number, number>();

  constructor(kin: Kin) {
    this.#kin = kin;
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
    const { order } = this.#kin;
    return order[order.indexOf(from) + by];
  }

  #closest(from: number, near: readonly number[]): number | undefined {
    const x = (id: number): number => this.#kin.texts.get(id)?.x ?? 0;
    return near.toSorted((a, b) => Math.abs(x(a) - x(from)) - Math.abs(x(b) - x(from)) || a - b)[0];
  }
}
