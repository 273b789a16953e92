/**
 * Computes a formula from its list of steps, without making code of it. It does each step for many moments at once, as numpy
 * does on the server (flourishing/formulas/operations.py says what each operation means).
 */

export interface Tape {
  readonly inputs: readonly string[];
  readonly steps: readonly (readonly (string | number)[])[];
  readonly result: readonly number[];
}

type Row = Float64Array;
type Done = (into: Row, ...of: Row[]) => void;

/** Moments that are computed at once; as many as an audio worklet is asked for. */
export const BLOCK = 128;
const FACTORS = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d];
const FARTHEST = 2 ** 30;

const one =
  (f: (a: number) => number): Done =>
  (into, a) => {
    for (let at = 0; at < into.length; at++) into[at] = f(a![at]!);
  };
const two =
  (f: (a: number, b: number) => number): Done =>
  (into, a, b) => {
    for (let at = 0; at < into.length; at++) into[at] = f(a![at]!, b![at]!);
  };
const three =
  (f: (a: number, b: number, c: number) => number): Done =>
  (into, a, b, c) => {
    for (let at = 0; at < into.length; at++) into[at] = f(a![at]!, b![at]!, c![at]!);
  };

function power(a: number, b: number): number {
  if (b === 0) return 1;
  if (a === 0) return b > 0 ? 0 : NaN;
  return a ** b;
}

/** To the nearest whole number, of two as near to the even one. */
function round(a: number): number {
  const near = Math.round(a);
  return Math.abs(a % 1) === 0.5 && near % 2 !== 0 ? near - 1 : near;
}

function whole(a: number): number {
  return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.floor(a))) | 0;
}

const bits = (join: (a: number, b: number) => number): Done =>
  two((a, b) => (Number.isNaN(a + b) ? NaN : join(whole(a), whole(b))));

function hashed(sum: number): number {
  let value = sum;
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  value = Math.imul(value ^ (value >>> 12), 0x297a2d39);
  value ^= value >>> 15;
  return (value >>> 8) / 2 ** 24;
}

function noise(...at: number[]): number {
  let sums = [0];
  const blends: number[] = [];
  at.forEach((each, axis) => {
    const part = each - Math.floor(each);
    blends.push(part * part * (3 - 2 * part));
    const floor = Math.floor(Math.max(-FARTHEST, Math.min(FARTHEST, each)));
    sums = sums.flatMap((sum) =>
      [floor, floor + 1].map((line) => (sum + Math.imul(line, FACTORS[axis]!)) | 0),
    );
  });
  let values = sums.map(hashed);
  for (const blend of blends.reverse())
    values = values.flatMap((value, n) => (n % 2 === 0 ? [value + (values[n + 1]! - value) * blend] : []));
  return values[0]!;
}

const operations: Readonly<Record<string, Done>> = {
  add: two((a, b) => a + b),
  sub: two((a, b) => a - b),
  mul: two((a, b) => a * b),
  div: two((a, b) => (b === 0 ? NaN : a / b)),
  mod: two((a, b) => (b === 0 ? NaN : a - b * Math.floor(a / b))),
  pow: two(power),
  neg: one((a) => -a),
  abs: one(Math.abs),
  floor: one(Math.floor),
  round: one(round),
  min: two(Math.min),
  max: two(Math.max),
  sqrt: one(Math.sqrt),
  exp: one(Math.exp),
  log: one((a) => (a > 0 ? Math.log(a) : NaN)),
  sin: one(Math.sin),
  cos: one(Math.cos),
  asin: one(Math.asin),
  acos: one(Math.acos),
  atan2: two(Math.atan2),
  tanh: one(Math.tanh),
  lt: two((a, b) => (a < b ? 1 : 0)),
  le: two((a, b) => (a <= b ? 1 : 0)),
  eq: two((a, b) => (a === b ? 1 : 0)),
  select: three((a, b, c) => (a !== 0 ? b : c)),
  and: bits((a, b) => a & b),
  or: bits((a, b) => a | b),
  xor: bits((a, b) => a ^ b),
  noise2: two(noise),
  noise3: three(noise),
};

export class Interpreter {
  readonly #rows: Row[] = [];
  readonly #inputs = new Map<string, Row>();
  readonly #steps: { readonly done: Done; readonly into: Row; readonly of: Row[] }[] = [];
  readonly #result: Row;

  /** Throws where the tape has an operation that there is not. */
  constructor(tape: Tape) {
    for (const [name, ...of] of tape.steps) {
      const into = new Float64Array(BLOCK);
      this.#rows.push(into);
      if (name === "constant") into.fill(Number(of[0]));
      else if (name === "input") this.#inputs.set(String(of[0]), into);
      else {
        const done = operations[String(name)];
        if (done === undefined) throw new Error(`There is no operation ${String(name)}.`);
        this.#steps.push({ done, into, of: of.map((step) => this.#rows[Number(step)]!) });
      }
    }
    this.#result = this.#rows[tape.result[0]!]!;
  }

  /** Puts a number of the text elsewhere. */
  set(name: string, value: number): void {
    this.#inputs.get(name)?.fill(value);
  }

  /** The levels of a sound at `BLOCK` moments from `begin` on, `every` seconds apart. It is used again by the next call. */
  levels(begin: number, every: number): Row {
    const moments = this.#inputs.get("t");
    if (moments) for (let at = 0; at < BLOCK; at++) moments[at] = begin + at * every;
    for (const { done, into, of } of this.#steps) done(into, ...of);
    return this.#result;
  }
}
