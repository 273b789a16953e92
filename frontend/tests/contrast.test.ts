import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

const css = readFileSync(new URL("../src/styles/tokens.css", import.meta.url), "utf8");
const tokens = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)].map(
    ([, name, light, dark]) => [name, { light, dark }],
  ),
);

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, two: string): number {
  const [dark, light] = [luminance(one), luminance(two)].sort((a, b) => a - b) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const grounds = ["paper", "leaf", "shadow-paper", "grow-tint", "person-tint", "warn-tint"];
const words = ["ink", "soft", "faint", "grow", "person", "warn"];

describe.each(["light", "dark"] as const)("in the %s theme", (theme) => {
  const colour = (name: string): string => tokens.get(name)?.[theme] ?? expect.fail(`no token --${name}`);

  test.each(grounds.flatMap((ground) => words.map((word) => [word, ground] as const)))(
    "--%s is read easily on --%s",
    (word, ground) => expect(contrast(colour(word), colour(ground))).toBeGreaterThanOrEqual(4.5),
  );

  test("words on the accent are read easily", () => {
    expect(contrast(colour("on-grow"), colour("grow"))).toBeGreaterThanOrEqual(4.5);
  });

  test.each(["paper", "leaf", "shadow-paper"])("a field's edge is seen on --%s", (ground) => {
    expect(contrast(colour("edge"), colour(ground))).toBeGreaterThanOrEqual(3);
  });
});
