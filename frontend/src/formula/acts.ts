/** What can be done with a picture, an animation or a sound, on every page where one stands. */

import type { Action } from "../keys";
import type { Text } from "../state/types";
import { isHeard, isSame, isSeen, isShown, showing } from "./showing.svelte";

const scope = "Pictures and sounds";

/**
 * The actions of a page: `here` gives the text where a person is, `of` those that are beside it. In a list the code is read
 * without being asked for.
 */
export function formulaActs(
  here: () => Text | undefined,
  of: () => readonly Text[] = () => [],
  { inList = false } = {},
): Action[] {
  const act = (
    id: string,
    keys: string,
    words: string,
    fits: (text: Text) => boolean,
    run: (text: Text) => unknown,
  ): Action => ({
    id: `formula.${id}`,
    keys,
    words,
    scope,
    enabled: () => {
      const text = here();
      return text !== undefined && fits(text);
    },
    run: () => {
      const text = here();
      if (text !== undefined) void run(text);
    },
  });
  const acts = [
    act(
      "play",
      "y",
      "Play or stop the animation or the sound",
      (text) => text.medium === "animation" || isHeard(text),
      (text) => showing.toggle(text),
    ),
    act(
      "full",
      "Shift+f",
      "Full screen; Esc leaves",
      ({ medium }) => isSeen(medium),
      (text) => fill(text, of()),
    ),
  ];
  if (inList) return acts;
  const code = act(
    "code",
    "i",
    "Its code, what changed in it, and its numbers to move",
    ({ medium }) => isShown(medium),
    (text) => showing.toggleCode(text),
  );
  return [...acts, code];
}

/** Shows a text on the full screen; the arrows lead to the others. */
export function fill(text: Text, others: readonly Text[] = []): void {
  const of = others.filter(({ medium }) => isSeen(medium));
  showing.full = { text, of: of.some((each) => isSame(each, text)) ? of : [text] };
}
