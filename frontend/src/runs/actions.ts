/** What can be done on the page of a run, and by which key. */

import type { Action } from "../keys";
import { copy } from "../library/actions";
import { router } from "../router.svelte";
import type { Text } from "../state/types";
import type { RunView } from "./run.svelte";

const scope = "A run";

export function actionsOf(view: RunView): Action[] {
  const drawn = (): boolean => view.now !== undefined && !view.list;
  const there = (): boolean => view.now !== undefined;
  const filled = (): boolean => view.here !== undefined;
  const move = (verb: string, key: string, words: string, x: number, y: number): Action[] => [
    {
      id: `run.${verb}`,
      keys: key,
      words,
      scope,
      enabled: drawn,
      repeats: true,
      run: () => view.move([x, y], false),
    },
    {
      id: `run.far-${verb}`,
      keys: `Shift+${key}`,
      words: `${words}, to the next text`,
      scope,
      enabled: drawn,
      repeats: true,
      run: () => view.move([x, y], true),
    },
  ];
  const act = (
    verb: string,
    keys: Action["keys"],
    words: string,
    run: () => void,
    enabled = filled,
  ): Action => ({
    id: `run.${verb}`,
    keys,
    words,
    scope,
    enabled,
    run,
  });
  return [
    ...move("left", "ArrowLeft", "To the left on the map", -1, 0),
    ...move("right", "ArrowRight", "To the right", 1, 0),
    ...move("up", "ArrowUp", "Up", 0, 1),
    ...move("down", "ArrowDown", "Down", 0, -1),
    act("read", "Enter", "Read the text of the square", () => void view.look()),
    act(
      "close",
      "Escape",
      "Close the text",
      () => (view.open = false),
      () => view.open,
    ),
    act("keep", "k", "Keep, or no longer", () => void view.mark("keep")),
    act(
      "drop",
      "x",
      "Drop: it leaves the run’s archive and its prompts; or no longer",
      () => void view.mark("drop"),
    ),
    act(
      "pin",
      "Shift+p",
      "Pin: it stands in every prompt of the run; or no longer",
      () => void view.mark("pin"),
    ),
    act("choose", "p", "Choose as a parent, or no longer", () => view.choose()),
    act(
      "adopt",
      "m",
      "Adopt as parents: what is chosen, or this text",
      () => (view.sheet = "adopt"),
      () => filled() || view.chosen.size > 0,
    ),
    act(
      "bend",
      "b",
      "Bend the run towards here: parents are drawn near; or no longer",
      () => void view.bend(),
      there,
    ),
    act("put", "n", "Put a text of your own in", () => put(view), there),
    act("edit", "e", "Put in another version of this text", () => void edit(view)),
    act("alike", "a", "Say which texts are alike, for a measure", () => (view.sheet = "alike"), there),
    act("stop", "s", "Stop; or go on", () => void turn(view), there),
    act("list", "v", "As a list, or as a map", () => (view.list = !view.list), there),
    act("page", "o", "Open the text’s own page", () => view.here && router.go(`/texts/${view.here.text}`)),
    act("copy", "c", "Copy", () => void look(view).then(() => view.text && copy([view.text]))),
  ];
}

function put(view: RunView, beginning?: Text): void {
  view.beginning = beginning;
  view.sheet = "put";
}

async function edit(view: RunView): Promise<void> {
  await look(view);
  if (view.text) put(view, view.text);
}

/** Fetches the text where one stands, unless it is open already. */
async function look(view: RunView): Promise<void> {
  if (view.text?.id !== view.here?.text) await view.look();
}

async function turn(view: RunView): Promise<void> {
  if (view.now?.here) await view.stop();
  else view.sheet = "go on";
}
