import { expect, test } from "vitest";

import {
  bytes,
  facts,
  isOnItsWay,
  lastOf,
  pace,
  progress,
  share,
  suggested,
  time,
  verdict,
  type CatalogueModel,
  type Pull,
} from "../src/models/words";

const model: CatalogueModel = {
  name: "m",
  choose: null,
  title: "M",
  kind: "catalogue",
  good_at: "poems",
  licence: "apache-2.0",
  page: null,
  size: 2_000_000_000,
  memory: 3_000_000_000,
  fits: "yes",
  speed: { tokens: 32, seen: false },
  gated: false,
  quant: "Q4_K_M",
  unfinished: 0,
  default: false,
  problem: null,
};
const pull: Pull = {
  name: "m",
  state: "pulling",
  file: "m.gguf",
  done: 1e9,
  size: 4e9,
  a_second: 1e7,
  problem: null,
};

test("sizes and times are as short as they are clear", () => {
  expect([bytes(115_000), bytes(253_113_024), bytes(85_580_000_000), bytes(2e11)]).toEqual([
    "115\u00a0kB",
    "253\u00a0MB",
    "85.6\u00a0GB",
    "200\u00a0GB",
  ]);
  expect([time(0.2), time(42), time(300), time(8000)]).toEqual(["a second", "42 s", "5 min", "2 hours"]);
});

test("a model is told by its size, its licence, whether it fits, and how fast it is", () => {
  expect(facts(model)).toEqual([
    "2.0\u00a0GB",
    "Apache 2.0",
    "fits this machine",
    "eight short poems in about 10 s (a guess)",
  ]);
  expect(pace({ tokens: 320, seen: true })).toBe("eight short poems in about 1 s (as seen here)");
  expect(facts({ ...model, fits: "no" }).at(-1)).toBe("too large: it needs 3.0\u00a0GB of memory");
});

test("a pull is told by how far it is, how fast, and how long it still takes", () => {
  expect(progress(pull)).toBe("1.0\u00a0GB of 4.0\u00a0GB, 10\u00a0MB a second, 5 min left");
  expect(progress({ ...pull, state: "paused" })).toBe("paused, 1.0\u00a0GB of 4.0\u00a0GB");
  expect(progress({ ...pull, state: "asking", done: 0, size: 0 })).toBe("asking the hub");
  expect(progress({ ...pull, state: "failed", done: 0 })).toBe("stopped");
  expect(
    ["waiting", "pulling", "paused", "failed", "done"].map((state) => isOnItsWay({ ...pull, state } as Pull)),
  ).toEqual([true, true, false, false, false]);
  expect(isOnItsWay(undefined)).toBe(false);
});

test("the largest is suggested that fits well, is not slow, and asks for no terms", () => {
  const small = { ...model, name: "small", size: 1e9 };
  const gated = { ...model, name: "gated", size: 4e9, gated: true };
  const slow = { ...model, name: "slow", size: 5e9, speed: { tokens: 2, seen: false } };
  const tight = { ...model, name: "tight", size: 6e9, fits: "tight" as const };
  expect(suggested([small, model, gated, slow, tight])?.name).toBe("m");
  expect(suggested([gated, slow])).toBeUndefined();
});

test("what is kept is told with its range, and a verdict only where the ranges are apart", () => {
  const counts = { seen: 100, dropped: 0, parents: 0 };
  const one = { title: "A", kept: 30, ...counts, share: 0.3, low: 0.22, high: 0.4 };
  const other = { title: "B", kept: 5, ...counts, share: 0.05, low: 0.02, high: 0.11 };
  expect(share(one)).toBe("30 % (22 % to 40 %)");
  expect(verdict([one, other])).toBe("You keep most of what A writes.");
  expect(verdict([one, { ...other, high: 0.25 }])).toContain("overlap");
  expect(verdict([one])).toBe("");
});

test("the last part of a path is that of any system", () => {
  expect([lastOf("/home/me/a.gguf"), lastOf("C:\\models\\a.gguf"), lastOf("/home/me/")]).toEqual([
    "a.gguf",
    "a.gguf",
    "me",
  ]);
});
