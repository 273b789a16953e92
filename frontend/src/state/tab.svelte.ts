/** What the browser's tab says of the bed in it: that a brood comes, or that one came while nobody looked. */

import { bed } from "./bed.svelte";

const SIGNS = { calm: "", busy: "… ", ready: "● " } as const;

class Tab {
  /** Whether a brood ended while another tab or window was before this one. */
  #isUnseen = $state(false);
  readonly #isComing: boolean = $derived(bed.coming !== undefined);
  readonly state: keyof typeof SIGNS = $derived(this.#isComing ? "busy" : this.#isUnseen ? "ready" : "calm");
  /** What stands before the title. */
  readonly sign: string = $derived(SIGNS[this.state]);

  /** Notices that a brood ends, and that somebody looks: `$effect(() => tab.follow())`. */
  follow(): () => void {
    const isComing = this.#isComing;
    const look = (): void => {
      if (!document.hidden) this.#isUnseen = false;
    };
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      if (isComing && document.hidden) this.#isUnseen = true;
    };
  }

  /** Shows it in the tab's picture: `$effect(() => tab.show())`. */
  show(): void {
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    icon?.setAttribute("href", this.state === "calm" ? "/leaf.svg" : `/leaf-${this.state}.svg`);
  }
}

export const tab = new Tab();
