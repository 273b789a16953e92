/** The chapbook that is being bound: its poems in their order, and what stands on its first pages. */

import { announce } from "../announcer.svelte";
import { api, got } from "../api/client";
import type { Text } from "../state/types";
import { textsOf } from "./actions";
import { moved } from "./choosing";
import { download } from "./download";
import type { Book, Thing } from "./types";

const MOST = 200;

class TheBook {
  title = $state("");
  by = $state("");
  note = $state("");
  form = $state<Book>("pdf");
  poems = $state.raw<readonly Text[]>([]);
  /** Where the preview is shown: a page of the server, under a policy of its own. */
  readonly address: string | undefined = $derived.by(() => {
    if (this.poems.length === 0) return undefined;
    const { title, by, note, form } = this;
    const query = new URLSearchParams({ title, by, note, form });
    return `/api/chapbook?ids=${this.poems.map((text) => text.id).join(",")}&${query}`;
  });

  /** Begins with what was chosen; without anything, with what is kept, the first kept first. */
  async fill(things: readonly Thing[]): Promise<void> {
    const texts =
      things.length > 0
        ? await textsOf(things)
        : (
            await got(api.GET("/api/texts", { params: { query: { mark: "keep", limit: MOST } } }))
          ).toReversed();
    this.poems = [...new Map(texts.map((text) => [text.id, text])).values()];
  }

  /** Moves a poem to another place. */
  move(from: number, to: number): void {
    const order = moved(this.poems, from, to);
    if (order === this.poems) return;
    this.poems = order;
    announce(`Text ${Math.min(Math.max(to, 0), order.length - 1) + 1} of ${order.length}.`);
  }

  leaveOut(id: number): void {
    this.poems = this.poems.filter((text) => text.id !== id);
    announce(`Left out; ${this.poems.length} are in the book.`);
  }

  async print(): Promise<void> {
    const { title, by, note, form } = this;
    const ids = this.poems.map((text) => text.id);
    const { data, response } = await api.POST("/api/chapbook", {
      body: { ids, title, by, note, form },
      parseAs: "blob",
    });
    download(data as unknown as Blob, response);
  }
}

export const book = new TheBook();
