/** What can be done with a finished text, each with its key. */

import { announce } from "../announcer.svelte";
import { formulaActs } from "../formula/acts";
import type { Action } from "../keys";
import { fail, tell } from "../notices.svelte";
import { router } from "../router.svelte";
import { sharing } from "../share/sharing.svelte";
import { bed } from "../state/bed.svelte";
import { entitled, finished } from "./finished.svelte";

function act(id: string, keys: string | string[], words: string, run: () => unknown): Action {
  return {
    id: `finished.${id}`,
    keys,
    words,
    scope: "This text",
    enabled: () => finished.text !== undefined,
    run,
  };
}

/** The bed may still be on its way, as after a reload. */
async function toggleParent(): Promise<void> {
  if (bed.now === undefined) await bed.openLast();
  if (finished.text === undefined) return;
  bed.toggleParent(finished.text);
  announce(bed.parentIds.has(finished.text.id) ? "A parent, the last and best." : "No longer a parent.");
}

/** Takes the text among the parents, where the others stay, and goes back to breeding. */
async function breedOn(): Promise<void> {
  if (bed.now === undefined) await bed.openLast();
  if (!finished.isParent) await toggleParent();
  router.go("/");
}

async function copy(): Promise<void> {
  if (finished.text === undefined) return;
  try {
    await navigator.clipboard.writeText(entitled(finished.text));
    tell("Copied.");
  } catch (thrown) {
    fail(thrown);
  }
}

/** Takes back what was done last; after the accepting itself, the text is under work again. */
async function undo(): Promise<void> {
  await bed.undo();
  if (bed.refining) router.go("/refine");
  else await finished.load();
}

export const acts: readonly Action[] = [
  {
    ...act("breed", "Enter", "Make it a parent, and go on breeding", () => void breedOn()),
    everywhere: true,
  },
  act("parent", ["p", "Space"], "Parent in the open bed, or no longer", () => void toggleParent()),
  act("title", "t", "Give it a title", () => document.getElementById("finished-title")?.focus()),
  act("copy", "c", "Copy", () => void copy()),
  act("share", "Shift+s", "Share: a picture, a page, plain text", () => {
    if (finished.text) sharing.begin(finished.text);
  }),
  act("print", "Shift+p", "Print", () => print()),
  ...formulaActs(() => finished.text),
  act("open", "o", "Open its page", () => router.go(`/texts/${finished.text?.id}`)),
  act("refine", "n", "Refine another text", () => router.go("/refine")),
  { ...act("undo", "z", "Undo", () => void undo()), enabled: () => bed.now?.undo != null },
];
