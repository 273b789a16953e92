/**
 * What is fixed to the foot of the page: a bar, and above it the strip of notices. The page ends above both, and what
 * gets the focus does not lie below.
 *
 * On the root, `--bar` is the height of the bar, and `--foot` that of both; `--end` (tokens.css) is the room that a
 * page leaves at its end, which has place for a usual notice, so that nothing moves when one comes or goes.
 */

import type { Attachment } from "svelte/attachments";

const ROOM = 4.5; // rem, as in `--end`

/** The bars that are there, and how high they are: known once they were laid out, and never asked for before. */
const bars = new Map<HTMLElement, number>();
let notices = 0;

/** `<div class="bar" {@attach foot}>`: its height is `--bar` on the root, for as long as it is there. */
export const foot: Attachment<HTMLElement> = (bar) =>
  measured(bar, (height) => {
    if (height === undefined)
      bars.delete(bar); // the next page's bar may stand already
    else bars.set(bar, height);
    tell();
  });

/** The strip of notices; what was in sight at the end of the page stays in sight when it comes. */
export const strip: Attachment<HTMLElement> = (box) =>
  measured(box, (height = 0) => {
    const grows = height > notices;
    const root = document.documentElement;
    const left = root.scrollHeight - innerHeight - scrollY;
    notices = height;
    tell();
    if (!grows) return;
    if (left <= ROOM * parseFloat(getComputedStyle(root).fontSize)) scrollTo(0, root.scrollHeight);
    else keepFocused();
  });

function keepFocused(): void {
  const focused = document.activeElement;
  if (focused === null || focused === document.body) return;
  const { top, bottom } = focused.getBoundingClientRect();
  const low = innerHeight - height();
  if (top < low && bottom > low && bottom - top < low) focused.scrollIntoView({ block: "nearest" });
}

function measured(box: HTMLElement, say: (height?: number) => void): () => void {
  const watch = new ResizeObserver(([entry]) => say(entry?.borderBoxSize[0]?.blockSize ?? 0));
  watch.observe(box);
  return () => {
    watch.disconnect();
    say();
  };
}

const height = (): number => ([...bars.values()].at(-1) ?? 0) + notices;

function tell(): void {
  const { style } = document.documentElement;
  if (bars.size === 0) style.removeProperty("--bar");
  else style.setProperty("--bar", `${height() - notices}px`);
  if (bars.size === 0 && notices === 0) style.removeProperty("--foot");
  else style.setProperty("--foot", `${height()}px`);
  style.scrollPaddingBottom = height() > 0 ? `${height()}px` : "";
}
