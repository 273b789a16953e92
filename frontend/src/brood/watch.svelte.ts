/** How long the brood on its way has been asked for, in seconds. */

import { untrack } from "svelte";

import { bed } from "../state/bed.svelte";
import { studio } from "../state/studio.svelte";

class Watch {
  elapsed = $state(0);
  readonly isRunning: boolean = $derived(bed.coming !== undefined);

  /** Runs while a brood is on its way: `$effect(() => watch.run())`. */
  run(): (() => void) | undefined {
    if (!this.isRunning) return undefined;
    const began = performance.now();
    this.elapsed = 0;
    const timer = setInterval(() => (this.elapsed = (performance.now() - began) / 1000), 250);
    const isReady = untrack(() => studio.writers(bed.now?.settings).every(({ state }) => state === "ready"));
    if (!isReady) void studio.look();
    return () => {
      clearInterval(timer);
      void studio.look();
    };
  }
}

export const watch = new Watch();
