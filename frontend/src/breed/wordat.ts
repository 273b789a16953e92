/** Which word of a text was clicked. */

import { wordPlaces } from "./byword.svelte";

/** The number of the word at which the pointer is, from 0; undefined where it is at none, or where words are selected. */
export function wordAt(event: MouseEvent, content: string): number | undefined {
  if (getSelection()?.isCollapsed === false) return undefined;
  const verse = event.target instanceof Element ? event.target.closest(".verse") : null;
  if (verse?.closest("[data-compared]")) return undefined; // words of another text stand between
  const caret = document.caretPositionFromPoint?.(event.clientX, event.clientY);
  if (verse === null || !caret || !verse.contains(caret.offsetNode)) return undefined;
  const before = document.createRange();
  before.setStart(verse, 0);
  before.setEnd(caret.offsetNode, caret.offset);
  const at = before.toString().length;
  const word = wordPlaces(content).findIndex(([begin, end]) => begin <= at && at <= end);
  return word >= 0 && isIn(event, caret.offsetNode, caret.offset) ? word : undefined;
}

/** Whether the pointer is on a letter beside the caret, and not in the empty end of a line. */
function isIn(event: MouseEvent, node: Node, at: number): boolean {
  const letter = document.createRange();
  letter.setStart(node, Math.max(0, at - 1));
  letter.setEnd(node, Math.min(node.textContent?.length ?? 0, at + 1));
  return [...letter.getClientRects()].some(
    (box) =>
      box.left - 2 <= event.clientX &&
      event.clientX <= box.right + 2 &&
      box.top <= event.clientY &&
      event.clientY <= box.bottom,
  );
}
