/** What can be done on the library's pages of lists, each with its key. */

import { formulaActs } from "../formula/acts";
import type { Action } from "../keys";
import { router } from "../router.svelte";
import { sharing } from "../share/sharing.svelte";
import { copy, keep, moreOf, pin, putAway, refine, textsOf, toParents } from "./actions";
import { finding } from "./finding.svelte";
import { selection, type Sheet } from "./selection.svelte";

const scope = "Library";

function acting(id: string, keys: string | string[], words: string, run: () => unknown): Action {
  return { id: `library.${id}`, keys, words, scope, enabled: () => selection.acting.length > 0, run };
}

function opening(sheet: Sheet, id: string, keys: string, words: string): Action {
  return acting(id, keys, words, () => (selection.sheet = sheet));
}

function moving(id: string, keys: string | string[], words: string, by: 1 | -1, extending = false): Action {
  const enabled = (): boolean => selection.things.length > 0;
  return {
    id: `library.${id}`,
    keys,
    words,
    scope,
    repeats: true,
    enabled,
    run: () => selection.step(by, extending),
  };
}

export const acts: readonly Action[] = [
  { id: "library.search", keys: "/", words: "Search", scope, run: () => search() },
  moving("next", ["l", "ArrowDown", "ArrowRight"], "The next one", 1),
  moving("back", ["j", "ArrowUp", "ArrowLeft"], "The one before", -1),
  acting("choose", "Space", "Choose it, or no longer", () => {
    if (selection.current !== undefined) selection.toggle(selection.current);
  }),
  moving("extendDown", "Shift+ArrowDown", "Choose on, down", 1, true),
  moving("extendUp", "Shift+ArrowUp", "Choose on, up", -1, true),
  {
    id: "library.all",
    keys: "$mod+a",
    words: "Choose all that are listed",
    scope,
    run: () => selection.all(),
  },
  {
    id: "library.none",
    keys: "Escape",
    words: "Choose nothing",
    scope,
    enabled: () => selection.chosen.size > 0,
    run: () => selection.none(),
  },
  acting("open", ["Enter", "o"], "Open its page", () => void open()),
  acting("keep", "k", "Keep, or no longer", () => void keep(selection.acting)),
  acting("pin", "Shift+p", "Pin, or no longer", () => void pin(selection.acting)),
  acting("parents", "p", "Into the bed, as parents", () => void toParents(selection.acting)),
  {
    ...acting("like", "Shift+m", "More like this one, by meaning", () => void likeIt()),
    enabled: () => selection.acting.length === 1,
  },
  {
    ...acting("edit", "e", "Edit on its page; a new text comes of it", () => void editIt()),
    enabled: () => selection.acting.length === 1,
  },
  {
    ...acting("more", "m", "More like this: the best parent of the bed, and breed", () => void moreOfIt()),
    enabled: () => selection.acting.length === 1,
  },
  {
    ...acting("refine", "r", "Refine", () => void refineIt()),
    enabled: () => selection.acting.length === 1,
  },
  {
    ...acting("share", "Shift+s", "Share: a picture, a page, plain text", () => void shareIt()),
    enabled: () => selection.acting.length === 1,
  },
  opening("tag", "tag", "t", "Tag"),
  opening("shelf", "shelve", "s", "Put on a shelf"),
  opening("book", "book", "b", "Bind a chapbook"),
  acting("copy", "c", "Copy", () => void copy(selection.acting.map((thing) => thing.text))),
  acting("away", "x", "Put away, or bring back", () => void putAway(selection.acting)),
  ...formulaActs(
    () => selection.things.find((thing) => thing.key === selection.current)?.text,
    () => selection.things.map((thing) => thing.text),
    { inList: true },
  ),
  {
    id: "library.undo",
    keys: "z",
    words: "Undo",
    scope,
    enabled: () => selection.canUndo,
    run: () => selection.undo(),
  },
  {
    id: "library.import",
    keys: "i",
    words: "Bring in a file",
    scope,
    run: () => (selection.sheet = "import"),
  },
];

export function search(): void {
  const field = document.getElementById("search-words");
  if (field instanceof HTMLInputElement) {
    field.focus();
    field.select();
  } else router.go("/library?search");
}

async function open(): Promise<void> {
  const here = selection.things.find((thing) => thing.key === selection.current);
  const [text] = here === undefined ? [] : await textsOf([here]);
  if (text !== undefined) router.go(`/texts/${text.id}`);
}

async function shareIt(): Promise<void> {
  const [text] = await textsOf(selection.acting);
  if (text !== undefined) sharing.begin(text);
}

async function likeIt(): Promise<void> {
  const [text] = await textsOf(selection.acting);
  if (text !== undefined) finding.toLike(text.id);
}

async function editIt(): Promise<void> {
  const [text] = await textsOf(selection.acting);
  if (text !== undefined) router.go(`/texts/${text.id}?edit`);
}

async function moreOfIt(): Promise<void> {
  const [text] = await textsOf(selection.acting);
  if (text !== undefined) await moreOf(text);
}

async function refineIt(): Promise<void> {
  const [text] = await textsOf(selection.acting);
  if (text !== undefined) await refine(text);
}
