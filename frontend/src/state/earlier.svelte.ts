/** The broods of a bed before the one that it shows, a page at a time. */

import { api, got } from "../api/client";
import { fail } from "../notices.svelte";
import { withEdits, withShown } from "./marking";
import type { Bed, Brood, Text } from "./types";

const PAGE = 5;

export class Earlier {
  /** The newest first. */
  broods = $state.raw<readonly Brood[]>([]);
  /** Whether there are still earlier ones on the server. */
  more = $state(false);
  #bed: number | undefined;
  #loading = false;

  /** Loads the newest ones of a bed; those that were loaded by scrolling stay. */
  async load(bed: Bed, { anew = false } = {}): Promise<void> {
    this.#bed = bed.id;
    if (bed.brood === null) {
      this.clear();
      this.#bed = bed.id;
      return;
    }
    const page = await this.#page(bed.id, bed.brood.id);
    if (page === undefined) return;
    // The server tells the offspring as they came; an edit that was made here stays in its place.
    const stood = new Map(anew ? [] : this.broods.map((brood) => [brood.id, brood]));
    const fresh = page.map((brood) => withEdits(brood, stood.get(brood.id)));
    const oldest = page.at(-1)?.id ?? 0;
    const kept = this.broods.filter((brood) => brood.id < oldest);
    // What was loaded by scrolling stays only if this page reaches it, so that there is no gap.
    const reaches = this.broods.some((brood) => brood.id === oldest);
    this.broods = reaches ? [...fresh, ...kept] : fresh;
    if (!reaches || kept.length === 0) this.more = page.length === PAGE;
  }

  /** Loads the page after the last. */
  async loadMore(): Promise<void> {
    const [bed, last] = [this.#bed, this.broods.at(-1)?.id];
    if (this.#loading || !this.more || bed === undefined || last === undefined) return;
    this.#loading = true;
    const page = await this.#page(bed, last);
    this.#loading = false;
    if (page === undefined) return;
    this.broods = [...this.broods, ...page];
    this.more = page.length === PAGE;
  }

  /** Takes the brood of a bed that another one follows, as it stood. */
  add(brood: Brood, shown: readonly (Text | null)[]): void {
    if (!this.broods.some((each) => each.id === brood.id))
      this.broods = [withShown(brood, shown), ...this.broods];
  }

  /** Changes some texts, wherever they stand. */
  change(ids: readonly number[], change: (text: Text) => Text): void {
    // A brood that is not touched stays the same object, so that a thousand cards need not look at themselves.
    const touched = ({ offspring }: Brood): boolean => offspring.some(({ id }) => ids.includes(id));
    if (!this.broods.some(touched)) return;
    const one = (text: Text): Text => (ids.includes(text.id) ? change(text) : text);
    this.broods = this.broods.map((brood) =>
      touched(brood) ? { ...brood, offspring: brood.offspring.map(one) } : brood,
    );
  }

  clear(): void {
    this.#bed = undefined;
    this.broods = [];
    this.more = false;
  }

  /** A page of the broods before one; undefined where another bed was opened meanwhile, or it failed. */
  async #page(bed: number, before: number): Promise<readonly Brood[] | undefined> {
    try {
      const page = await got(
        api.GET("/api/beds/{bed_id}/broods", {
          params: { path: { bed_id: bed }, query: { before, limit: PAGE } },
        }),
      );
      return this.#bed === bed ? page : undefined;
    } catch (thrown) {
      fail(thrown);
      return undefined;
    }
  }
}
