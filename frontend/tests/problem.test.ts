import { expect, test } from "vitest";

import { forPage } from "../src/api/problem";

test.each([
  ["Make room, or set FLOURISHING_CACHE to a folder on another disk.", "Make room."],
  ["Name another file, or replace it with --force.", "Name another file."],
  ['Check the path, or use the embedded model with model="local".', "Check the path."],
  [
    "Leave the collection out; put the texts there afterwards.",
    "Leave the collection out; put the texts there afterwards.",
  ],
  ["Run: flourishing models pull gemma-3-1b.", undefined],
  ["Bring the edits in first: flourishing garden import notes --sync; or leave them.", "Or leave them."],
  ["See what else has it open. Then: flourishing garden verify says more.", "See what else has it open."],
  ["Give it on the page of models; or set HF_TOKEN to it.", "Give it on the page of models."],
  ["Name one of 1 to 8.", "Name one of 1 to 8."],
  [undefined, undefined],
])("a hint says only what can be done on the page: %s", (hint, shown) => {
  expect(forPage(hint)).toBe(shown);
});
