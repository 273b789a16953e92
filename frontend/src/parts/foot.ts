/** A bar that is fixed to the foot of the page: notices stand above it, and what gets the focus does not lie below. */

import type { Attachment } from "svelte/attachments";

const bars: HTMLElement[] = [];

/** `<div class="bar" {@attach foot}>`: its height is `--foot` on the root, for as long as it is there. */
export const foot: Attachment<HTMLElement> = (bar) => {
  const watch = new ResizeObserver(tell);
  bars.push(bar);
  watch.observe(bar);
  tell();
  return () => {
    watch.disconnect();
    bars.splice(bars.indexOf(bar), 1);
    tell(); // the next page's bar may stand already
  };
};

function tell(): void {
  const { style } = document.documentElement;
  const height = bars.at(-1)?.offsetHeight;
  if (height === undefined) {
    style.removeProperty("--foot");
    style.scrollPaddingBottom = "";
  } else {
    style.setProperty("--foot", `${height}px`);
    style.scrollPaddingBottom = `${height}px`;
  }
}
