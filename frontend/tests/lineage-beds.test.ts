import { describe, expect, it } from "vitest";

import { ago, apart, broods, firstLines } from "../src/beds/texts";

const now = Date.parse("2026-05-10T12:00:00Z");

describe("when a bed was changed", () => {
  it.each([
    ["2026-05-10T11:59:50Z", "just now"],
    ["2026-05-10T11:58:00Z", "2 minutes ago"],
    ["2026-05-09T11:00:00Z", "yesterday"],
    ["2026-04-20T12:00:00Z", "2 weeks ago"],
    ["2024-05-01T12:00:00Z", "2 years ago"],
  ])("%s is %s", (at, words) => expect(ago(at, now)).toBe(words));
});

it("counts broods in words", () => {
  expect([0, 1, 1200].map(broods)).toEqual(["no broods yet", "one brood", "1,200 broods"]);
});

describe("the first lines", () => {
  it("are the poem where it is short", () => expect(firstLines("\na\n b\n")).toBe("a\n b"));
  it("say that there are more", () => expect(firstLines("a\nb\nc", 2)).toBe("a\nb\n…"));
  it("are not endless", () => expect(firstLines("x".repeat(1000)).length).toBeLessThan(100));
  it("end at a word", () => expect(firstLines("tide ".repeat(30))).toMatch(/ tide…$/));
});

describe("pasted texts", () => {
  it("stand apart at lines of dashes, and keep their stanzas", () =>
    expect(apart("one\n\n\nstill one\n---\n  two\n\n***\n")).toEqual(["one\n\n\nstill one", "  two"]));
  it("stand apart at two blank lines where there is no mark", () =>
    expect(apart("one\n\nstanza\n\n\ntwo\r\n\r\n\r\nthree")).toEqual(["one\n\nstanza", "two", "three"]));
  it("are none where there is nothing", () => expect(apart(" \n\n---\n")).toEqual([]));
});
