/** What can be done on the page of a text, each with its key; the same as on the Breed page. */

import { formulaActs } from "../formula/acts";
import type { Action } from "../keys";
import { router } from "../router.svelte";
import { film } from "../lineage/film.svelte";
import { sharing } from "../share/sharing.svelte";
import { copy, moreOf, refine } from "./actions";
import { bed } from "../state/bed.svelte";
import { finding } from "./finding.svelte";
import { selection } from "./selection.svelte";
import { open } from "./page.svelte";

function act(id: string, keys: string | string[], words: string, run: () => unknown): Action {
  return { id: `text.${id}`, keys, words, scope: "This text", enabled: () => open.text !== undefined, run };
}

export const acts: readonly Action[] = [
  act("parent", ["p", "Space"], "Parent in the open bed, or no longer", () => void open.toggleParent()),
  act("keep", "k", "Keep, or no longer", () => open.toggle("keep")),
  act("edit", "e", "Edit; a new text comes of it", () => (open.editing = true)),
  act("refine", "r", "Refine", () => {
    if (open.text) void refine(open.text);
  }),
  {
    ...act("more", "m", "More like this: the best parent of the bed, and breed", () => {
      if (open.text) void moreOf(open.text);
    }),
    enabled: () => open.text !== undefined && bed.coming === undefined,
  },
  ...formulaActs(() => open.text),
  act("lineage", "g i", "Its lineage", () => router.go(`/lineage/${open.text?.id}`)),
  act("way", "w", "Its way here, step by step", () => {
    if (open.text) void film.begin(open.text.id);
  }),
  act("like", "Shift+m", "More like this one, by meaning", () => {
    if (open.text) finding.toLike(open.text.id);
  }),
  act("copy", "c", "Copy", () => {
    if (open.text) void copy([open.text]);
  }),
  act("share", "Shift+s", "Share: a picture, a page, plain text", () => {
    if (open.text) sharing.begin(open.text);
  }),
  act("pin", "Shift+p", "Pin, or no longer", () => open.toggle("pin")),
  act("tag", "t", "Tag", () => (open.sheet = "tag")),
  act("shelve", "s", "Put on a shelf", () => (open.sheet = "shelf")),
  act("away", "x", "Put away, or bring back", () => open.toggle("away")),
  { ...act("undo", "z", "Undo", () => selection.undo()), enabled: () => selection.canUndo },
];
