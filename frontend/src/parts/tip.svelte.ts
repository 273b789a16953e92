/** Words over a control, with its key: the pointer rests on it, or the keyboard came to it. Tip.svelte shows them. */

import { untrack } from "svelte";
import type { Attachment } from "svelte/attachments";

export interface Tip {
  readonly words: string;
  readonly key?: string;
}

class Shown {
  at = $state.raw<{ over: Element; tip: () => Tip | undefined } | undefined>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  show(over: Element, tip: () => Tip | undefined, after: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.at = { over, tip }), after);
  }

  hide(over?: Element): void {
    const shown = this.at;
    if (over !== undefined && shown !== undefined && shown.over !== over) return;
    clearTimeout(this.#timer);
    // Not at once: a control that leaves the page loses the focus in the middle of Svelte's own work.
    queueMicrotask(() => {
      if (this.at === shown) this.at = undefined;
    });
  }
}

export const shownTip = new Shown();

/** `{@attach tip(() => ({ words, key }))}`; the words are asked for when they are shown. */
export function tip(words: () => Tip | undefined): Attachment<HTMLElement> {
  return (element) => {
    // Focus moves inside other people's effects, which are not to depend on a tooltip.
    const hide = (): void => untrack(() => shownTip.hide(element));
    const rest = (event: PointerEvent): void => {
      if (event.pointerType === "mouse") shownTip.show(element, words, 450);
    };
    const focus = (): void => {
      if (element.matches(":focus-visible")) shownTip.show(element, words, 150);
    };
    const listeners = new AbortController();
    const { signal } = listeners;
    element.addEventListener("pointerenter", rest, { signal });
    element.addEventListener("focus", focus, { signal });
    for (const event of ["pointerleave", "pointerdown", "blur"] as const)
      element.addEventListener(event, hide, { signal });
    return () => {
      listeners.abort();
      hide();
    };
  };
}
