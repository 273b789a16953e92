// @vitest-environment jsdom
import { expect, test } from "vitest";

import { changesOf, isFrom } from "../src/state/changes.svelte";
import type { Change, Text } from "../src/state/types";

const changes: Change[] = [
  { kind: "same", text: "a " },
  { kind: "gone", text: "big" },
  { kind: "new", text: "white" },
  { kind: "same", text: " dove" },
];
const text = { id: 7, content: "a white dove", changes } as unknown as Text;

test("the changes that come with a text are those from the text before it", () => {
  expect(isFrom(changes, "a big dove")).toBe(true);
  expect(isFrom(changes, "a dove")).toBe(false);
  expect(changesOf(text, { id: 3, content: "a big dove" })).toEqual(changes);
});

test("a text is the same as itself, and what has no number is not compared", () => {
  expect(changesOf(text, { id: 8, content: text.content })).toEqual([{ kind: "same", text: text.content }]);
  expect(changesOf({ ...text, id: 0 }, { id: 3, content: "another" })).toBeUndefined();
});
