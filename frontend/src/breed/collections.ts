/** The collections that parents can be taken from. */

import { api, got } from "../api/client";
import { fail } from "../notices.svelte";

export interface Shelf {
  readonly name: string;
  readonly about: string;
  /** How many texts it has. */
  readonly texts: number;
}

/** Asks for the collections of texts; those of chains are for refining. */
export async function collections(): Promise<readonly Shelf[]> {
  try {
    const found = await got(api.GET("/api/collections"));
    return found
      .filter(({ chains, items, problem }) => !chains && items > 0 && problem === null)
      .map(({ name, title, items }) => ({ name, about: title, texts: items }));
  } catch (thrown) {
    fail(thrown);
    return [];
  }
}
