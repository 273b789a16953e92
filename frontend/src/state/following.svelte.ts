/** The brood on its way: followed from its first word to its end, also after the connection was lost. */

import { Problem } from "../api/problem";
import { events, type ServerEvent } from "../api/sse";
import { begin, fold, touch, type Beginning, type Coming } from "./coming";
import type { Begun, Brood, Text } from "./types";

/** How a brood ended: what was saved of it (null for nothing), or why it failed. */
export interface Ending {
  readonly brood?: Brood | null;
  readonly problem?: unknown;
}

/** Milliseconds between two times that what came is shown: a screen is drawn no more often. */
const FRAME = 16;

export class Following {
  /** The brood as it is shown; undefined when none is on its way. */
  coming = $state.raw<Coming>();
  /** The brood with what has come since it was shown. */
  #latest: Coming | undefined;
  #shownAt = 0;
  #waiting: ReturnType<typeof setTimeout> | undefined;
  #url: string | undefined;

  /** Whether the server is being listened to for one. */
  get isOn(): boolean {
    return this.#url !== undefined;
  }

  /** Shows a brood of which nothing has come yet. */
  begin(brood: Beginning): void {
    this.#latest = begin(brood);
    this.#show();
  }

  /** Follows a brood to its end; gives nothing where it is no longer `wanted`, for another bed was opened. */
  async follow(
    url: string,
    how: { method?: "POST"; body?: unknown },
    wanted: () => boolean,
  ): Promise<Ending | undefined> {
    this.#url = url;
    let ending: Ending = {};
    const isLast = ({ event }: ServerEvent): boolean => event === "done" || event === "error";
    try {
      for await (const told of events(url, { ...how, isLast })) {
        if (!wanted()) return undefined;
        if (told.event === "brood") this.begin(JSON.parse(told.data) as Begun);
        else if (told.event === "done") ending = JSON.parse(told.data) as { brood: Brood | null };
        else if (told.event === "error")
          ending = { problem: new Problem(JSON.parse(told.data) as { title: string }) };
        else this.#take(told);
      }
    } catch (thrown) {
      ending = { problem: thrown };
    }
    if (!wanted()) return undefined;
    this.#show();
    return ending;
  }

  /** Changes texts of it, as `touch` does. */
  touch(ids: readonly number[], change: (text: Text) => Text, gone?: boolean): void {
    if (this.#latest === undefined) return;
    this.#latest = touch(this.#latest, ids, change, gone);
    this.#show();
  }

  /** Says that nothing is on its way any more. */
  end(): void {
    this.#latest = undefined;
    this.#show();
    this.#url = undefined;
  }

  /** Takes what came, and shows it at once or, where something was shown just now, in the next frame. */
  #take(told: ServerEvent): void {
    if (this.#latest === undefined) return;
    this.#latest = fold(this.#latest, told);
    const left = this.#shownAt + FRAME - performance.now();
    if (left <= 0) this.#show();
    else this.#waiting ??= setTimeout(() => this.#show(), left);
  }

  #show(): void {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    this.#shownAt = performance.now();
    this.coming = this.#latest;
  }
}
