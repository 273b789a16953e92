// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from "vitest";

type Module = typeof import("../src/drafts.svelte");

/** The module as a page has it that was opened just now. */
async function opened(): Promise<Module["drafts"]> {
  vi.resetModules();
  return (await import("../src/drafts.svelte")).drafts;
}

beforeEach(() => {
  localStorage.clear();
});

test("a draft outlasts the page", async () => {
  (await opened()).write("edit:1", "a gull\nturns", "a gull");
  expect((await opened()).of("edit:1", "a gull")).toBe("a gull\nturns");
});

test("what was emptied is a draft, too", async () => {
  (await opened()).write("edit:1", "", "a gull");
  expect((await opened()).of("edit:1", "a gull")).toBe("");
});

test("a text of another garden does not take it up", async () => {
  const drafts = await opened();
  drafts.write("edit:1", "a gull turns", "a gull");
  expect(drafts.of("edit:1", "the tide")).toBeUndefined();
});

test("it ends where the words are again what they were", async () => {
  const drafts = await opened();
  drafts.write("start:1", "the se", "the sea");
  drafts.write("start:1", "the sea", "the sea");
  expect(drafts.of("start:1", "the sea")).toBeUndefined();
  expect(localStorage).toHaveLength(0);
});

test("it ends as it is stored, unless more was typed meanwhile", async () => {
  const drafts = await opened();
  drafts.write("write:1", "one");
  drafts.stored("write:1", "on");
  expect(drafts.of("write:1")).toBe("one");
  drafts.stored("write:1", "one");
  expect(drafts.of("write:1")).toBeUndefined();
});

test("what is thrown away can be brought back", async () => {
  const drafts = await opened();
  const { notices } = await import("../src/notices.svelte");
  drafts.write("write:1", "one\n---\ntwo");
  drafts.throwAway("write:1");
  expect(drafts.of("write:1")).toBeUndefined();
  notices.list.at(-1)?.offer?.run();
  expect(drafts.of("write:1")).toBe("one\n---\ntwo");
});

test("another tab sees it, and its end", async () => {
  const drafts = await opened();
  const newValue = JSON.stringify({ from: "", words: "one" });
  dispatchEvent(new StorageEvent("storage", { key: "draft write:1", newValue }));
  expect(drafts.of("write:1")).toBe("one");
  dispatchEvent(new StorageEvent("storage", { key: "draft write:1", newValue: null }));
  expect(drafts.of("write:1")).toBeUndefined();
});

test("the oldest of very many goes", async () => {
  const drafts = await opened();
  for (let at = 0; at < 201; at++) drafts.write(`edit:${at}`, "words");
  expect(drafts.of("edit:0")).toBeUndefined();
  expect(drafts.of("edit:200")).toBe("words");
});

test.each(["", "{}", "null", '{"from": 1, "words": 2}', "no JSON"])(
  "what is no draft is none: %s",
  async (json) => {
    localStorage.setItem("draft edit:1", json);
    expect((await opened()).of("edit:1")).toBeUndefined();
  },
);

test("where nothing more can be stored it lasts as long as the page", async () => {
  const drafts = await opened();
  for (let size = 2 ** 22; size > 0; size = Math.floor(size / 2)) {
    try {
      localStorage.setItem(`full ${size}`, "x".repeat(size));
    } catch {
      // so much no longer fits
    }
  }
  drafts.write("write:1", "one");
  expect(localStorage.getItem("draft write:1")).toBeNull();
  expect(drafts.of("write:1")).toBe("one");
});
