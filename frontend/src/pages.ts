/**
 * The pages. Breeding, where nearly every visit begins, comes with the frame: one thing to fetch rather than
 * nine, one after the other. Each other page is a file of its own that is fetched when it is first asked for.
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
