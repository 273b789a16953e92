import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import type { TextNumber } from "../src/formula/live";
import { around, withNumber, written } from "../src/formula/numbers";
import { bent, LOUDEST, Safe } from "../src/formula/safe";
import { Interpreter, type Tape } from "../src/formula/tape";

interface Golden {
  text: string;
  tape: Tape;
  begin: number;
  every: number;
  levels: (number | null)[];
}

const golden = JSON.parse(
  readFileSync(new URL("../../tests/golden/tapes.json", import.meta.url), "utf8"),
) as Golden[];

describe("a tape is computed as the server computes it", () => {
  test.each(golden)("$text", ({ tape, begin, every, levels }) => {
    const own = [...new Interpreter(tape).levels(begin, every)];
    levels.forEach((level, at) => {
      if (level === null) expect(own[at]).not.toSatisfy(Number.isFinite);
      else expect(own[at]).toBeCloseTo(level, 6);
    });
  });

  test("an operation that there is not is refused", () => {
    const tape = {
      inputs: ["t"],
      steps: [
        ["input", "t"],
        ["eval", 0],
      ],
      result: [1],
    };
    expect(() => new Interpreter(tape)).toThrow("eval");
  });

  test("a number of the text is moved", () => {
    const steps = [
      ["input", "t"],
      ["input", "n0"],
      ["mul", 0, 1],
    ];
    const sound = new Interpreter({ inputs: ["t", "n0"], steps, result: [2] });
    sound.set("n0", 3);
    expect(sound.levels(2, 0)[0]).toBe(6);
  });
});

describe("a sound is safe to listen to", () => {
  const rate = 44_100;
  const loudest = (level: (at: number) => number, from = 0): number => {
    const safe = new Safe(rate);
    const heard = Array.from({ length: rate / 2 }, (_, at) => Math.abs(safe.next(level(at))));
    return Math.max(...heard.slice(from));
  };

  test("no level is above the loudest", () => {
    expect(loudest((at) => 1e9 * Math.sin(at / 9))).toBeLessThanOrEqual(LOUDEST);
    expect(loudest((at) => (at % 97 < 48 ? 1e300 : -1e300))).toBeLessThanOrEqual(LOUDEST);
  });

  test("what is no number is silence", () => {
    expect([NaN, Infinity, -Infinity].map(bent)).toEqual([0, 0, 0]);
  });

  test("a quiet tone stays, a constant level and the highest tones go", () => {
    expect(loudest((at) => 0.3 * Math.sin((880 * Math.PI * at) / rate), 9000)).toBeCloseTo(0.3 * LOUDEST, 2);
    expect(loudest(() => 0.4, 9000)).toBeLessThan(0.01);
    expect(loudest((at) => 0.4 * Math.cos(Math.PI * at * 0.98), 9000)).toBeLessThan(0.05);
  });
});

describe("a number in a text", () => {
  const content = "é𝒙 = 0.25*sin(9*x)\nend 7";
  const number = (begin: number, end: number, step: number): TextNumber => ({
    ...{ name: "n0", begin, end, value: 0, least: 0, most: 1, step },
  });

  test("is written as fine as its step", () => {
    expect(written(0.30000000000000004, 0.01)).toBe("0.3");
    expect(written(441, 1)).toBe("441");
    expect(written(9, 0.1)).toBe("9");
    expect(written(0, 0.001)).toBe("0");
  });

  test("is put where it stands, whatever stands before it", () => {
    expect(withNumber(content, number(5, 9, 0.01), 0.5)).toBe("é𝒙 = 0.5*sin(9*x)\nend 7");
  });

  test("is known by what stands around it on its line", () => {
    expect(around(content, number(14, 15, 0.1))).toEqual(["= 0.25*sin(", "9", "*x)"]);
    expect(around(content, number(23, 24, 0.1))).toEqual(["end ", "7", ""]);
  });
});
