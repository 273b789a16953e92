/**
 * The pages. Breeding, where nearly every visit begins, comes with the frame: one thing to fetch rather than
 * nine, one after the other. Each other page is a file of its own, fetched when it is first asked for or, where the
 * page has stood open for a moment, before.
 */

import type { Component } from "svelte";

import Breed from "./pages/Breed.svelte";
import type { PageName } from "./router.svelte";

/** What every page is given. */
export interface PageProps extends Record<string, unknown> {
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
}

interface Page {
  readonly title: string;
  readonly load: () => Promise<{ default: Component<PageProps> }>;
}

export const pages: Readonly<Record<PageName, Page>> = {
  breed: { title: "Breed", load: () => Promise.resolve({ default: Breed }) },
  refine: { title: "Refine", load: () => import("./pages/Refine.svelte") },
  library: { title: "Library", load: () => import("./pages/Library.svelte") },
  text: { title: "A text", load: () => import("./pages/TextPage.svelte") },
  finished: { title: "Finished", load: () => import("./pages/Finished.svelte") },
  lineage: { title: "Lineage", load: () => import("./pages/Lineage.svelte") },
  beds: { title: "Beds", load: () => import("./pages/Beds.svelte") },
  runs: { title: "Runs", load: () => import("./pages/Runs.svelte") },
  run: { title: "A run", load: () => import("./pages/Run.svelte") },
  models: { title: "Models", load: () => import("./pages/Models.svelte") },
  lost: { title: "Nothing here", load: () => import("./pages/Lost.svelte") },
};

/** Milliseconds after which a page has what it shows first, and its server has time for more. */
const CALM = 2000;

/** Loads the files that a key may ask for, one after the other, so that no key waits for one; until called again. */
export function loadAhead(): () => void {
  const files: readonly (() => Promise<unknown>)[] = [
    () => import("./share/Share.svelte"),
    () => import("./breed/Pattern.svelte"),
    ...Object.values(pages).map((page) => page.load),
  ];
  let wanted = true;
  const begin = setTimeout(async () => {
    try {
      for (const load of files) if (wanted) await load();
    } catch {
      // Whoever opens that page or dialog loads the file again, and sees the error then.
    }
  }, CALM);
  return () => {
    wanted = false;
    clearTimeout(begin);
  };
}
