/** A bar that is fixed to the foot of the page: notices stand above it, and what gets the focus does not lie below. */

import type { Attachment } from "svelte/attachments";

/** The bars that are there, and how high they are: known once they were laid out, and never asked for before. */
const bars = new Map<HTMLElement, number>();

/** `<div class="bar" {@attach foot}>`: its height is `--foot` on the root, for as long as it is there. */
export const foot: Attachment<HTMLElement> = (bar) => {
  const watch = new ResizeObserver(([entry]) => {
    bars.set(bar, entry?.borderBoxSize[0]?.blockSize ?? 0);
    tell();
  });
  watch.observe(bar);
  return () => {
    watch.disconnect();
    bars.delete(bar);
    tell(); // the next page's bar may stand already
  };
};

function tell(): void {
  const { style } = document.documentElement;
  const height = [...bars.values()].at(-1);
  if (height === undefined) {
    style.removeProperty("--foot");
    style.scrollPaddingBottom = "";
  } else {
    style.setProperty("--foot", `${height}px`);
    style.scrollPaddingBottom = `${height}px`;
  }
}
