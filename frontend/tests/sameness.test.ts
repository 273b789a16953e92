// @vitest-environment jsdom

// The same key does the same thing with a text on every page: who learned one page knows them all.

import { expect, test } from "vitest";

import { acts as breed } from "../src/breed/actions";
import { keysOf, type Action } from "../src/keys";
import { acts as library } from "../src/library/keys";
import { acts as text } from "../src/library/textkeys";
import { actionsOf } from "../src/lineage/actions";
import { actions as refine } from "../src/refine/actions";

const lineage = actionsOf(
  {} as never,
  () => false,
  () => "",
);
const pages: Readonly<Record<string, readonly Action[]>> = { breed, refine, library, text, lineage };

/** What a key may mean, by the verb of its action, wherever it is taken. */
const meanings: Readonly<Record<string, readonly string[]>> = {
  k: ["keep"],
  e: ["edit"],
  c: ["copy"],
  o: ["open"],
  x: ["drop", "away"],
  p: ["parent", "parents", "here"],
  r: ["refine", "begin"],
  m: ["more", "breed"],
  d: ["changes", "look"],
  z: ["undo"],
  "Shift+z": ["redo"],
  "Shift+m": ["like"],
  j: ["back", "left"],
  l: ["next", "right"],
  n: ["write"],
};

test.each(Object.entries(meanings))("%s means the same on every page", (key, verbs) => {
  for (const [page, actions] of Object.entries(pages))
    for (const action of actions.filter((each) => keysOf(each).includes(key)))
      expect(verbs, page).toContain(action.id.split(".")[1]);
});

test.each(["settings", "prompt", "start", "stop", "undo", "redo", "keep", "drop", "edit", "copy", "open"])(
  "%s has the same keys and words on Breed and Refine",
  (verb) => {
    const [one, other] = [breed, refine].map((page) => page.find(({ id }) => id.split(".")[1] === verb));
    expect(one?.keys).toEqual(other?.keys);
    expect(one?.scope).toBe(other?.scope);
    if (verb !== "drop") expect(one?.words).toBe(other?.words);
  },
);
