/** What can be done on the Breed page, each with its key. */

import { tick } from "svelte";

import { announce } from "../announcer.svelte";
import { answers } from "../brood/answers.svelte";
import { drawers, type Sheet } from "../brood/drawers.svelte";
import { formulaActs } from "../formula/acts";
import { isSeen } from "../formula/showing.svelte";
import type { Action } from "../keys";
import { fail, tell } from "../notices.svelte";
import { router } from "../router.svelte";
import { sharing } from "../share/sharing.svelte";
import { bed } from "../state/bed.svelte";
import { effect } from "../state/effect.svelte";
import type { Regrown, Text } from "../state/types";
import { byWord, byWordActs } from "./byword.svelte";
import { cursor } from "./cursor.svelte";
import { room } from "../words";

/** Under which headings `?` lists them; the same on every page where broods come. */
const scope = "The brood";
const here = "Where you are";
const parents = "Parents";
const turning = "Taking back";

/** Breeds, unless a brood is on its way; the page goes to where it will come. */
export function breed(how: { prompt?: string; regrow?: Regrown } = {}): void {
  if (!canBreed()) return;
  cursor.room = room((bed.now?.parents ?? []).map((text) => text.content));
  if (cursor.current !== "now-0" && !cursor.current.startsWith("now-")) cursor.current = "now-0";
  const top = document.getElementById("offspring")?.getBoundingClientRect().top ?? 0;
  if (top < 0) scrollBy({ top: top - 16 });
  void bed.breed({ operation: "bred", ...how });
}

export function canBreed(): boolean {
  const now = bed.now;
  return (
    now !== undefined && bed.coming === undefined && (now.parents.length > 0 || now.settings.prompt !== null)
  );
}

export function toggleParent(text: Text): void {
  const on = !bed.parentIds.has(text.id);
  bed.toggleParent(text);
  announce(on ? `Parent ${bed.now?.parents.length ?? ""}, the last and best.` : "No longer a parent.");
  effect.show(text, on ? "a parent now" : "no longer a parent");
}

export function drop(text: Text): void {
  bed.drop(text);
  void stay();
}

export function takeBack(text: Text): void {
  bed.takeBack(text);
  void stay();
}

/** Breeds from this text as the best of the parents. */
export function more(text: Text): void {
  if (bed.now === undefined || bed.coming !== undefined) return;
  bed.setParents([...bed.now.parents.filter((parent) => parent.id !== text.id), text]);
  tell("It is the last and best parent now; more like it is on its way.");
  breed();
}

export function refine(text: Text): void {
  void bed.refine(text.id, text);
  router.go("/refine");
}

export async function copy(text: Text): Promise<void> {
  try {
    await navigator.clipboard.writeText(text.content);
    effect.show(text, "copied");
    announce("Copied.");
  } catch (thrown) {
    fail(thrown);
  }
}

export function toggleChanges(text: Text): void {
  if (!cursor.changed.delete(text.id)) cursor.changed.add(text.id);
}

/** Shows all of the brood, or only what was chosen to be shown first. */
function toggleRest(): void {
  bed.rest = !bed.rest;
  announce(`${bed.offspring.length} shown.`);
  void stay();
}

/** A button that was pressed may leave with its press; the focus stays on its card. */
async function stay(): Promise<void> {
  await tick();
  if (document.activeElement === document.body) cursor.focus();
}

/** Acts on the text of the card where the focus is, and says where it is still being written. */
function onText(id: string, keys: string | string[], words: string, run: (text: Text) => unknown): Action {
  return {
    id: `breed.${id}`,
    keys,
    words,
    scope: here,
    enabled: () => cursor.text !== undefined || cursor.growing !== undefined,
    run: () => {
      if (cursor.text !== undefined) run(cursor.text);
      else tellUnfinished();
    },
  };
}

function tellUnfinished(): void {
  if (cursor.growing !== undefined) tell(`Offspring ${cursor.growing + 1} is still being written.`);
}

const digits = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** Goes to the offspring of the number that was pressed, and acts on it. */
function onNumber(act: (text: Text) => void): (event?: KeyboardEvent) => void {
  return (event) => {
    const place = Number(/^\d$/.test(event?.key ?? "") ? event?.key : event?.code.slice(-1)) - 1;
    const card = bed.offspring[place];
    if (card === undefined) return;
    cursor.stand(`now-${place}`);
    if (card.text !== undefined) act(card.text);
    else tellUnfinished();
  };
}

/** All actions of the page, in the order in which `?` lists them. */
export const acts: readonly Action[] = [
  {
    id: "breed.go",
    keys: "Enter",
    words: "Breed",
    scope,
    everywhere: true,
    enabled: canBreed,
    run: () => breed(),
  },
  {
    id: "breed.stop",
    keys: "Escape",
    words: "Enough: what came stays",
    scope,
    enabled: () => bed.coming !== undefined,
    run: () => void bed.stop(),
  },
  {
    id: "breed.pick",
    keys: digits,
    words: "Go to the offspring of this number; a parent, or no longer",
    scope: here,
    run: onNumber(toggleParent),
  },
  {
    id: "breed.pickKeep",
    keys: digits.map((digit) => `Shift+${digit}`),
    words: "Go to the offspring of this number; keep, or no longer",
    scope: here,
    run: onNumber((text) => bed.keep(text)),
  },
  onText("parent", ["p", "Space"], "Parent, or no longer", toggleParent),
  onText("keep", "k", "Keep, or no longer", (text) => bed.keep(text)),
  onText("drop", "x", "Drop", drop),
  onText("edit", "e", "Edit here; a new text comes of it", (text) => cursor.edit(text)),
  onText("words", "w", "Word by word: others that are likely there", (text) => byWord.enter(text)),
  onText("refine", "r", "Refine", refine),
  {
    ...onText("more", "m", "More like this: the best parent, and breed", more),
    enabled: () => cursor.text !== undefined && bed.coming === undefined,
  },
  onText("copy", "c", "Copy", copy),
  onText("share", "Shift+s", "Share: a picture, a page, plain text", (text) => sharing.begin(text)),
  onText("open", "o", "Open its page", (text) => router.go(`/texts/${text.id}`)),
  {
    ...onText("answers", "q", "What the model answers to this prompt", (text) => answers.ask([text])),
    enabled: () => cursor.text !== undefined && bed.kind.medium === "answers",
  },
  {
    ...onText("changes", "d", "What the edit changed", toggleChanges),
    enabled: () => cursor.text?.changes != null,
  },
  moving("back", ["j", "ArrowLeft"], "The one before", () => cursor.step(-1)),
  moving("next", ["l", "ArrowRight"], "The next one", () => cursor.step(1)),
  moving("up", "ArrowUp", "The one above", () => cursor.row(-1)),
  moving("down", "ArrowDown", "The one below", () => cursor.row(1)),
  ...formulaActs(
    () => cursor.text,
    () => bed.shown,
  ),
  {
    id: "breed.sheet",
    keys: "Shift+c",
    words: "Contact sheet: the kept pictures of the bed as one",
    scope,
    enabled: () => bed.now !== undefined && isSeen(bed.kind.medium),
    run: async () => {
      const { saveSheet } = await import("../formula/sheet");
      if (bed.now !== undefined) await saveSheet(bed.now.id);
    },
  },
  {
    id: "breed.allAnswers",
    keys: "Shift+q",
    words: "What the model answers to all prompts of the brood",
    scope,
    enabled: () => bed.kind.medium === "answers" && unanswered().length > 0,
    run: () => void answers.ask(unanswered()),
  },
  {
    id: "breed.rest",
    keys: "a",
    words: "All of the brood, or only what your taste chose",
    scope,
    enabled: () => bed.choice !== undefined,
    run: toggleRest,
  },
  {
    id: "breed.undo",
    keys: "z",
    words: "Undo",
    scope: turning,
    enabled: () => bed.now?.undo != null,
    run: () => void bed.undo(),
  },
  {
    id: "breed.redo",
    keys: "Shift+z",
    words: "Redo",
    scope: turning,
    enabled: () => bed.now?.redo != null,
    run: () => void bed.redo(),
  },
  onParent("worse", "Alt+ArrowUp", "Move the parent up, to the worse", (id) => bed.moveParent(id, -1)),
  onParent("better", "Alt+ArrowDown", "Move the parent down, to the better", (id) => bed.moveParent(id, 1)),
  {
    id: "breed.compact",
    keys: "Shift+l",
    words: "Parents whole, or their first lines alone",
    scope: parents,
    run: () => {
      cursor.compact = !cursor.compact;
      announce(cursor.compact ? "The parents show their first lines." : "The parents are shown whole.");
    },
  },
  opening("write", "n", "Write or paste new parents", parents),
  opening("take", "t", "Take parents from the library", parents),
  {
    ...opening("others", "f", "Fresh parents, for those that the last broods repeat", parents),
    enabled: () => (bed.now?.parents.length ?? 0) > 0,
  },
  opening("prompt", "v", "View the exact prompt"),
  opening("pattern", "Shift+v", "See and edit the pattern: how parents are written down"),
  opening("settings", "s", "Settings"),
  { id: "breed.start", keys: "b", words: "Begin with certain words", scope, run: () => start()?.focus() },
  ...byWordActs((regrow) => breed({ regrow })),
];

function unanswered(): Text[] {
  return bed.offspring.flatMap(({ text }) => (text && answers.of(text) === undefined ? [text] : []));
}

function start(): HTMLElement | null {
  return document.getElementById("start-words");
}

function moving(id: string, keys: string | string[], words: string, run: () => void): Action {
  return {
    id: `breed.${id}`,
    keys,
    words,
    scope: "Moving",
    repeats: true,
    enabled: () => bed.offspring.length > 0,
    run,
  };
}

function onParent(id: string, keys: string, words: string, run: (id: number) => void): Action {
  return {
    id: `breed.${id}`,
    keys,
    words,
    scope: parents,
    repeats: true,
    enabled: () => cursor.parent !== undefined,
    run: () => {
      if (cursor.parent !== undefined) run(cursor.parent);
    },
  };
}

function opening(sheet: Sheet, keys: string, words: string, under = scope): Action {
  return {
    id: `breed.${sheet}`,
    keys,
    words,
    scope: under,
    enabled: () => bed.now !== undefined,
    run: () => drawers.toggle(sheet),
  };
}
