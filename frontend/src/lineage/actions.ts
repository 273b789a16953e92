/** What can be done on the page of a family, and by which key. */

import type { Action } from "../keys";
import { router } from "../router.svelte";
import { sharing } from "../share/sharing.svelte";
import { film } from "./film.svelte";
import type { View } from "./view.svelte";

const scope = "Lineage";

/** The actions of the page; `address` gives its own with something in the query changed. */
export function actionsOf(view: View, asList: () => boolean, address: (change: Change) => string): Action[] {
  const there = (): boolean => view.state === "there" && view.at !== undefined;
  const drawn = (): boolean => view.state === "there" && !asList();
  const graph = (
    verb: string,
    keys: Action["keys"],
    words: string,
    run: () => void,
    repeats = true,
  ): Action => ({ id: `lineage.${verb}`, keys, words, scope, enabled: drawn, repeats, run });
  const act = (verb: string, keys: Action["keys"], words: string, run: () => void): Action => ({
    id: `lineage.${verb}`,
    keys,
    words,
    scope,
    enabled: there,
    run,
  });
  return [
    graph("up", "ArrowUp", "To its best parent", () => view.move("up")),
    graph("down", "ArrowDown", "To a child", () => view.move("down")),
    graph("left", ["j", "ArrowLeft"], "To the one before it", () => view.move("left")),
    graph("right", ["l", "ArrowRight"], "To the next one", () => view.move("right")),
    graph(
      "read",
      "Enter",
      "Read it; of a pile, open its round",
      () => view.at !== undefined && view.read(view.at),
      false,
    ),
    graph("closer", "+", "Closer", () => view.drawing?.zoom(1.25)),
    graph("farther", "-", "Farther off", () => view.drawing?.zoom(0.8)),
    graph("fit", ["f", "0"], "See all of it", () => view.drawing?.fit(), false),
    graph("home", "Home", "Back to where it began", () => view.kin && view.look(view.kin.root, false), false),
    {
      id: "lineage.list",
      keys: "v",
      words: "As a list, or as a graph",
      scope,
      enabled: () => view.state === "there",
      run: () => router.go(address({ view: asList() ? undefined : "list" }), { replace: true }),
    },
    {
      id: "lineage.rounds",
      keys: "a",
      words: "All texts of every round, or those that nothing came of in piles",
      scope,
      enabled: () => view.state === "there",
      run: () => router.go(address({ rounds: view.folded ? "open" : undefined }), { replace: true }),
    },
    act("film", "w", "Its way here, step by step", () => view.at !== undefined && void film.begin(view.at)),
    {
      id: "lineage.examples",
      keys: "u",
      words: "With the chains that were only examples of getting better",
      scope,
      enabled: () => view.state === "there",
      run: () => router.go(address({ examples: view.examples ? undefined : "yes" }), { replace: true }),
    },
    {
      ...act("share", "Shift+s", "Share this family: a picture, a page, plain text", () => share(view)),
      enabled: () => view.state === "there",
    },
    act("breed", "m", "Breed from here: more like this", () => void view.breed()),
    act("open", "o", "Open its page", () => router.go(`/texts/${view.at}`)),
    act("keep", "k", "Keep, or no longer", () => void view.mark("keep")),
    act("away", "x", "Put away, or bring back", () => void view.mark("away")),
    act("edit", "e", "Edit on its page; a new text comes of it", () => router.go(`/texts/${view.at}?edit`)),
    act("refine", "r", "Refine", () => void view.refine()),
    act("copy", "c", "Copy", () => void view.copy()),
    act("family", "Shift+Enter", "See its own family", () => router.go(`/lineage/${view.at}`)),
    {
      id: "lineage.close",
      keys: "Escape",
      words: "Close the text",
      scope,
      enabled: () => view.open,
      run: () => (view.open = false),
    },
  ];
}

function share(view: View): void {
  const { kin } = view;
  if (kin === undefined) return;
  const title = kin.texts.get(kin.root)?.name ?? "";
  const scope = kin.way === "both" ? "family" : kin.way;
  sharing.begin({ id: kin.root, title }, { scope, examples: view.examples });
}

/** What of the query is to be another; undefined takes it out. */
export type Change = Readonly<Partial<Record<"way" | "view" | "examples" | "rounds", string | undefined>>>;
