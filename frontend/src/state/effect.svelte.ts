/** What the last key did to a text, shown on the text itself for a moment. Those who do not see it hear it announced. */

import type { Text } from "./types";

/** Milliseconds for which it is shown. */
const SHOWN = 3000;

class Effect {
  /** The number of the text, and what was done to it. */
  now = $state.raw<{ readonly id: number; readonly words: string }>();
  #ending: ReturnType<typeof setTimeout> | undefined;

  show(text: Text, words: string): void {
    clearTimeout(this.#ending);
    this.now = { id: text.id, words };
    this.#ending = setTimeout(() => (this.now = undefined), SHOWN);
  }

  /** Shows it no longer, where it was taken back. */
  clear(): void {
    clearTimeout(this.#ending);
    this.now = undefined;
  }
}

export const effect = new Effect();
