/** Makes a sound safe to listen to while it plays, as the server does for files: bent, within a band, and never loud. */

/** No sample is above it, out of 1. */
export const LOUDEST = 0.8;
/** Hertz between which a sound is left as it is. */
const LOW = 30;
const HIGH = 14_000;

/** Bends levels above a half, so that none reaches 1; what is no number is silence. */
export function bent(level: number): number {
  if (!Number.isFinite(level)) return 0;
  const size = Math.abs(level);
  return size > 0.5 ? Math.sign(level) * (0.5 + 0.5 * Math.tanh(2 * (size - 0.5))) : level;
}

/** A filter of the second order (Bristow-Johnson 2005, Audio EQ Cookbook). */
class Filter {
  readonly #b: readonly [number, number, number];
  readonly #a: readonly [number, number];
  #x1 = 0;
  #x2 = 0;
  #y1 = 0;
  #y2 = 0;

  constructor(kind: "low" | "high", hertz: number, rate: number) {
    const angle = (2 * Math.PI * Math.min(hertz, 0.45 * rate)) / rate;
    const [cos, alpha] = [Math.cos(angle), Math.sin(angle) / Math.SQRT2];
    const side = kind === "low" ? (1 - cos) / 2 : (1 + cos) / 2;
    const first = 1 + alpha;
    this.#b = [side / first, (kind === "low" ? 2 * side : -2 * side) / first, side / first];
    this.#a = [(-2 * cos) / first, (1 - alpha) / first];
  }

  next(x: number): number {
    const [b0, b1, b2] = this.#b;
    const y = b0 * x + b1 * this.#x1 + b2 * this.#x2 - this.#a[0] * this.#y1 - this.#a[1] * this.#y2;
    [this.#x2, this.#x1, this.#y2, this.#y1] = [this.#x1, x, this.#y1, y];
    return y;
  }
}

export class Safe {
  readonly #low: Filter;
  readonly #high: Filter;

  constructor(rate: number) {
    this.#low = new Filter("high", LOW, rate);
    this.#high = new Filter("low", HIGH, rate);
  }

  /** What is heard of a level. */
  next(level: number): number {
    const heard = LOUDEST * this.#high.next(this.#low.next(bent(level)));
    return Math.max(-LOUDEST, Math.min(LOUDEST, heard));
  }
}
