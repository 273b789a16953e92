/** The way of a text as a film: each version or best parent before it, one after the other. */

import { announce } from "../announcer.svelte";
import { api, got, type components } from "../api/client";
import { fail } from "../notices.svelte";

export type FilmStep = components["schemas"]["StepBody"];

const LEAST = 1_600;
const MOST = 9_000;
const A_CHARACTER = 40;
/** From so much of the same on, what changed can be read as changes. */
const READABLE = 0.3;

class Film {
  /** From the earliest to the text itself; empty while no film is shown. */
  steps = $state.raw<readonly FilmStep[]>([]);
  at = $state(0);
  playing = $state(false);
  /** Whether what changed is shown, where a person asked for it or against it. */
  changes = $state<boolean>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  readonly step: FilmStep | undefined = $derived(this.steps[this.at]);

  async begin(id: number): Promise<void> {
    try {
      const params = { path: { text_id: id } };
      this.steps = await got(api.GET("/api/texts/{text_id}/way", { params }));
      this.at = 0;
      this.changes = undefined;
    } catch (thrown) {
      fail(thrown);
    }
  }

  close(): void {
    this.pause();
    this.steps = [];
  }

  go(to: number): void {
    this.at = Math.max(0, Math.min(this.steps.length - 1, to));
    announce(`${this.at + 1} of ${this.steps.length}. ${this.step?.text.by ?? ""}.`);
    if (this.playing) this.#wait();
  }

  /** Plays from here, at its end from the beginning; or pauses. It never begins by itself. */
  toggle(): void {
    if (this.playing) return this.pause();
    this.playing = true;
    if (this.at === this.steps.length - 1) this.go(0);
    else this.#wait();
  }

  pause(): void {
    clearTimeout(this.#timer);
    this.playing = false;
  }

  #wait(): void {
    clearTimeout(this.#timer);
    if (this.at === this.steps.length - 1) return this.pause();
    const long = LEAST + A_CHARACTER * (this.step?.text.content.length ?? 0);
    this.#timer = setTimeout(() => this.go(this.at + 1), Math.min(long, MOST));
  }
}

/** Whether what a step changed can be read: where little is the same, the text alone can. */
export function isReadable({ changes }: FilmStep): boolean {
  const lengths = { same: 0, gone: 0, new: 0 };
  for (const { kind, text } of changes) lengths[kind] += text.trim().length;
  return lengths.same > READABLE * (lengths.same + Math.max(lengths.gone, lengths.new));
}

export const film = new Film();
