/** All that can be done on the Refine page, and by which key. */

import { more } from "../breed/actions";
import { drawers } from "../brood/drawers.svelte";
import type { Action } from "../keys";
import { tell } from "../notices.svelte";
import { router } from "../router.svelte";
import { bed } from "../state/bed.svelte";
import type { Text } from "../state/types";
import { workspace } from "./workspace.svelte";

/** Under which headings `?` lists them; the same on every page where broods come. */
const scope = "The brood";
const isRefining = (): boolean => bed.refining;
const isFree = (): boolean => bed.refining && bed.coming === undefined;
const hasText = (): boolean => workspace.here?.text !== undefined;
const stands = (...kinds: string[]): boolean => hasText() && kinds.includes(workspace.here?.kind ?? "");
const isEarlier = (): boolean =>
  stands("version") && (workspace.here?.place ?? 0) < (bed.now?.chain.length ?? 0) - 1;

/** Draws other example chains, or another number of them. */
export function drawExamples(take: number): void {
  const [drawn = 0] = crypto.getRandomValues(new Uint32Array(1));
  bed.set({ examples: { seed: drawn >>> 1, take } }); // a seed has 31 bits
}

export function leave(): void {
  bed.leave();
  router.go("/");
}

const digits = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** Which place a digit names, from 0. */
function placeOf(event: KeyboardEvent | undefined): number {
  return Number(event?.code.replace(/^(Digit|Numpad)/, "") ?? event?.key) - 1;
}

/** Acts on the candidate of a place, and says where it is still being written. */
function onCandidate(place: number, act: (text: Text) => void): void {
  const card = workspace.cards[place];
  if (card?.text !== undefined) act(card.text);
  else if (card !== undefined && bed.coming !== undefined && card.state !== "gone")
    tell(`Candidate ${place + 1} is still being written.`);
}

const growing: readonly Action[] = [
  {
    id: "refine.next",
    keys: "Enter",
    words: "Refine: next candidates",
    scope,
    everywhere: true,
    enabled: isFree,
    run: () => workspace.grow("refined"),
  },
  {
    id: "refine.worse",
    keys: "w",
    words: "Make worse: candidates to go before the first version",
    scope,
    enabled: isFree,
    run: () => workspace.grow("worsened"),
  },
  {
    id: "refine.stop",
    keys: "Escape",
    words: "Enough: what came stays",
    scope,
    enabled: () => bed.coming !== undefined,
    run: () => void bed.stop(),
  },
  {
    id: "refine.accept",
    keys: "a",
    words: "Accept: text and chain join the library",
    scope,
    enabled: isRefining,
    run: () => void workspace.accept(),
  },
  {
    id: "refine.leave",
    keys: ["q", "Backspace"],
    words: "Leave it as it is",
    scope,
    enabled: isRefining,
    run: leave,
  },
];

/** While the versions of a text are looked for: what was pressed already is done once they are there. */
export const early: readonly Action[] = growing
  .filter(({ id }) => id === "refine.next" || id === "refine.worse")
  .map((act) => ({ ...act, enabled: () => bed.toRefine !== undefined, run: () => workspace.wish(act) }));

const choosing: readonly Action[] = [
  {
    id: "refine.number",
    keys: digits,
    words: "Choose the candidate of this number",
    scope: "Where you are",
    enabled: () => workspace.cards.length > 0 || workspace.offers.length > 0,
    run: (event) => {
      const place = placeOf(event);
      workspace.goTo(place);
      if (bed.refining) onCandidate(place, (text) => workspace.choose(text));
      else void workspace.refine(workspace.spots[place]?.text);
    },
  },
  {
    id: "refine.numberKeep",
    keys: digits.map((digit) => `Shift+${digit}`),
    words: "Keep the candidate of this number, or no longer",
    scope: "Where you are",
    enabled: () => bed.refining && workspace.cards.length > 0,
    run: (event) => {
      const place = placeOf(event);
      workspace.goTo(place);
      onCandidate(place, (text) => bed.keep(text));
    },
  },
  {
    id: "refine.here",
    keys: ["p", "Space"],
    words: "Choose it as the next version, or no longer",
    scope: "Where you are",
    enabled: () => workspace.here?.kind === "candidate",
    run: () => onCandidate(workspace.here?.place ?? 0, (text) => workspace.choose(text)),
  },
  {
    id: "refine.edit",
    keys: "e",
    words: "Edit here; a new text comes of it",
    scope: "Where you are",
    enabled: () => stands("version", "candidate"),
    run: () => (workspace.editing = workspace.here?.key),
  },
  {
    id: "refine.drop",
    keys: "x",
    words: "Drop a candidate, or take out a version",
    scope: "Where you are",
    enabled: () => stands("candidate") || (stands("version") && (bed.now?.chain.length ?? 0) > 1),
    run: () => workspace.drop(workspace.here),
  },
  {
    id: "refine.keep",
    keys: "k",
    words: "Keep, or no longer",
    scope: "Where you are",
    enabled: hasText,
    run: () => workspace.here?.text && bed.keep(workspace.here.text),
  },
  {
    id: "refine.copy",
    keys: "c",
    words: "Copy",
    scope: "Where you are",
    enabled: hasText,
    run: () => void workspace.copy(workspace.here?.text),
  },
  {
    id: "refine.open",
    keys: "o",
    words: "Open its page",
    scope: "Where you are",
    enabled: hasText,
    run: () => router.go(`/texts/${workspace.here?.text?.id}`),
  },
];

/** What else the keys of the Breed page do. */
const alike: readonly Action[] = [
  {
    id: "refine.more",
    keys: "m",
    words: "More like this: the best parent of the bed, and breed",
    scope: "Where you are",
    enabled: () => hasText() && bed.coming === undefined,
    run: () => {
      if (workspace.here?.text === undefined) return;
      more(workspace.here.text);
      router.go("/");
    },
  },
  {
    id: "refine.refine",
    keys: "r",
    words: "Refine this one",
    scope: "Where you are",
    enabled: () => isFree() && stands("candidate", "later"),
    run: () => void workspace.refine(workspace.here?.text),
  },
];

const versions: readonly Action[] = [
  {
    id: "refine.back",
    keys: "h",
    words: "Back: to the version where you are, or by one",
    scope: "Versions",
    enabled: () => (bed.now?.chain.length ?? 0) > 1,
    run: () => (isEarlier() ? bed.backTo(workspace.here?.place ?? -1) : workspace.back()),
  },
  {
    id: "refine.forward",
    keys: "f",
    words: "Forward by one version",
    scope: "Versions",
    enabled: () => bed.refining && (bed.now?.later.length ?? 0) > 0,
    run: () => workspace.forwardTo(0),
  },
  {
    id: "refine.undo",
    keys: "z",
    words: "Undo",
    scope: "Taking back",
    enabled: () => bed.now?.undo != null,
    run: () => void bed.undo(),
  },
  {
    id: "refine.redo",
    keys: "Shift+z",
    words: "Redo",
    scope: "Taking back",
    enabled: () => bed.now?.redo != null,
    run: () => void bed.redo(),
  },
];

const looking: readonly Action[] = [
  move("left", ["j", "ArrowLeft"], "The one before"),
  move("right", ["l", "ArrowRight"], "The next one"),
  move("up", ["ArrowUp"], "The one above"),
  move("down", ["ArrowDown"], "The one below"),
  {
    id: "refine.look",
    keys: "d",
    words: "What changed: new words, gone ones too, or none",
    scope: "Versions",
    enabled: isRefining,
    run: () => workspace.turnLook(),
  },
  {
    id: "refine.prompt",
    keys: "v",
    words: "View the exact prompt",
    scope,
    enabled: isRefining,
    run: () => drawers.toggle("prompt"),
  },
  {
    id: "refine.settings",
    keys: "s",
    words: "Settings",
    scope,
    enabled: isRefining,
    run: () => drawers.toggle("settings"),
  },
  {
    id: "refine.examples",
    keys: "u",
    words: "Unfold or fold the example chains",
    scope: "Example chains",
    enabled: isRefining,
    run: () => workspace.unfold(),
  },
  {
    id: "refine.draw",
    keys: "y",
    words: "Draw other example chains",
    scope: "Example chains",
    enabled: isRefining,
    run: () => drawExamples(bed.now?.settings.examples?.take ?? bed.now?.examples.length ?? 1),
  },
  {
    id: "refine.start",
    keys: "b",
    words: "Begin with certain words",
    scope,
    enabled: isRefining,
    run: () => document.querySelector<HTMLElement>("#start-words")?.focus(),
  },
];

const beginning: readonly Action[] = [
  {
    id: "refine.begin",
    keys: ["Enter", "r"],
    words: "Refine the text where you are",
    scope: "To begin",
    enabled: () => !bed.refining && stands("offer"),
    run: () => void workspace.refine(workspace.here?.text),
  },
  {
    id: "refine.write",
    keys: "n",
    words: "Write or paste a text of your own",
    scope: "To begin",
    enabled: () => bed.now !== undefined && !bed.refining,
    run: () => document.querySelector<HTMLElement>("#refine-own")?.focus(),
  },
];

export const actions: readonly Action[] = [
  ...growing,
  ...choosing,
  ...alike,
  ...versions,
  ...looking,
  ...beginning,
];

function move(way: "left" | "right" | "up" | "down", keys: readonly string[], words: string): Action {
  return {
    id: `refine.${way}`,
    keys,
    words,
    scope: "Moving",
    repeats: true,
    enabled: () => workspace.spots.length > 0,
    run: () => workspace.move(way),
  };
}
