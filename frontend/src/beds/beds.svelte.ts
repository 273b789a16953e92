/** The list of beds, and what is done with them. */

import { announce } from "../announcer.svelte";
import { api, got } from "../api/client";
import { fail, tell } from "../notices.svelte";
import { bedPath, router } from "../router.svelte";
import { bed } from "../state/bed.svelte";
import { studio } from "../state/studio.svelte";
import type { BedSummary } from "../state/types";

/** What the first parents of a new bed are. */
export type From = "library" | "present" | "pasted";

export class Beds {
  /** The last changed first; undefined before they are there. */
  list = $state.raw<readonly BedSummary[]>();
  away = $state.raw<readonly BedSummary[]>([]);
  /** The bed that keys act on. */
  at = $state<number>();
  beginning = $state(false);
  /** The bed that is being renamed. */
  renaming = $state.raw<BedSummary>();

  get current(): BedSummary | undefined {
    return this.list?.find((each) => each.id === this.at);
  }

  async load(): Promise<void> {
    try {
      [this.list, this.away] = await Promise.all([this.#fetch(false), this.#fetch(true)]);
      if (this.current === undefined) this.at = this.list[0]?.id;
    } catch (thrown) {
      fail(thrown);
    }
  }

  async open(id: number): Promise<void> {
    await bed.open(id);
    if (bed.now?.id === id) router.go(bedPath(id));
  }

  /** Begins a bed; throws the problem, for the form to say it. */
  async begin(name: string, from: From, texts: readonly string[], chosen: string): Promise<void> {
    if (from === "present") await bed.openLast();
    const present = bed.now?.parents.map((text) => text.id) ?? [];
    const parents = { library: null, present, pasted: [...texts] }[from];
    const pattern = from === "present" ? bed.now?.pattern : undefined;
    const kind = from === "present" ? this.#listed(bed.now?.kind.name) : chosen;
    const begun = await got(
      api.POST("/api/beds", { body: { name: name.trim() || null, parents, pattern, kind } }),
    );
    this.beginning = false;
    announce(`The bed “${begun.name}” is begun.`);
    await this.open(begun.id);
  }

  /** Gives a bed another name; throws the problem, for the form to say it. */
  async rename(id: number, name: string): Promise<void> {
    await this.#change(id, { name: name.trim() });
    this.renaming = undefined;
    announce(`It is called “${name.trim()}” now.`);
  }

  async putAway(one: BedSummary): Promise<void> {
    const list = this.list ?? [];
    const place = list.findIndex((each) => each.id === one.id);
    const next = list[place + 1] ?? list[place - 1];
    try {
      await this.#change(one.id, { away: true });
    } catch (thrown) {
      return fail(thrown);
    }
    this.at = next?.id;
    // What is put away is not open any more.
    if (bed.now?.id === one.id) {
      bed.close();
      if (next) void bed.open(next.id);
    }
    tell(`“${one.name}” is put away.`, () => void this.bringBack(one));
    announce(`“${one.name}” is put away.`);
  }

  async bringBack(one: BedSummary): Promise<void> {
    try {
      await this.#change(one.id, { away: false });
      this.at = one.id;
      announce(`“${one.name}” is back.`);
    } catch (thrown) {
      fail(thrown);
    }
  }

  /** Gives the bed before or after the present one. */
  beside(by: number): BedSummary | undefined {
    const list = this.list ?? [];
    const here = list.findIndex((each) => each.id === this.at);
    return list[Math.min(Math.max(here + by, 0), list.length - 1)];
  }

  /** Gives the name of a kind that the server knows by it, and not by the path of its file. */
  #listed(kind: string | undefined): string | undefined {
    return studio.now?.kinds.find(({ name }) => name === kind)?.name;
  }

  #fetch(away: boolean): Promise<BedSummary[]> {
    return got(api.GET("/api/beds", { params: { query: { away } } }));
  }

  async #change(id: number, body: { name?: string; away?: boolean }): Promise<void> {
    await got(api.PATCH("/api/beds/{bed_id}", { params: { path: { bed_id: id } }, body }));
    await this.load();
  }
}
