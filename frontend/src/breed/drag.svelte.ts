/** Moving one of a list by its handle: the others make room while it is carried, and nothing changes before it is let go. */

interface Carried {
  readonly from: number;
  readonly to: number;
  /** How far it was carried, in pixels. */
  readonly by: number;
}

/** So near to the edge of what scrolls, in pixels, it scrolls while one is carried there. */
const EDGE = 56;
/** The most pixels that it scrolls in a frame. */
const FASTEST = 14;

export class Drag {
  now = $state.raw<Carried>();
  #tops: readonly number[] = [];
  #heights: readonly number[] = [];
  #gap = 0;
  readonly #move: (from: number, to: number) => void;

  constructor(move: (from: number, to: number) => void) {
    this.#move = move;
  }

  /** Takes an item up. The handle is a part of it, and it is a child of the list. */
  begin(event: PointerEvent, from: number): void {
    const handle = event.currentTarget as HTMLElement;
    const item = handle.closest("li");
    if (event.button !== 0 || item?.parentElement == null) return;
    const boxes = [...item.parentElement.children].map((each) => each.getBoundingClientRect());
    this.#tops = boxes.map(({ top }) => top);
    this.#heights = boxes.map(({ height }) => height);
    this.#gap = boxes.length > 1 ? (this.#tops[1] ?? 0) - (this.#tops[0] ?? 0) - (this.#heights[0] ?? 0) : 0;
    handle.setPointerCapture(event.pointerId);
    const listening = new AbortController();
    const { signal } = listening;
    const scroller = scrolling(item);
    const stood = scroller.scrollTop;
    const most = scroller.scrollHeight - scroller.clientHeight; // what is carried may reach beyond it
    let pointer = event.clientY;
    const carry = (): void => this.#carry(from, pointer - event.clientY + scroller.scrollTop - stood);
    const frame = (): void => {
      if (signal.aborted) return;
      const by = this.now === undefined ? 0 : pull(pointer, edges(scroller));
      if (by !== 0) {
        scroller.scrollTop = Math.min(scroller.scrollTop + by, most);
        carry();
      }
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    const end = (put: boolean): void => {
      listening.abort();
      const carried = this.now;
      this.now = undefined;
      if (put && carried !== undefined && carried.to !== carried.from) this.#move(carried.from, carried.to);
    };
    const move = (moved: PointerEvent): void => {
      pointer = moved.clientY;
      carry();
    };
    handle.addEventListener("pointermove", move, { signal });
    handle.addEventListener("pointerup", () => end(true), { signal });
    handle.addEventListener("pointercancel", () => end(false), { signal });
    const keys = (pressed: KeyboardEvent): void => {
      if (pressed.key !== "Escape") return;
      pressed.preventDefault();
      end(false);
    };
    window.addEventListener("keydown", keys, { signal, capture: true });
  }

  /** How far the item at a place is moved just now, in pixels. */
  shift(at: number): number {
    if (this.now === undefined) return 0;
    const { from, to, by } = this.now;
    if (at === from) return by;
    const step = (this.#heights[from] ?? 0) + this.#gap;
    if (from < at && at <= to) return -step;
    if (to <= at && at < from) return step;
    return 0;
  }

  #carry(from: number, by: number): void {
    if (this.now === undefined && Math.abs(by) < 4) return;
    this.now = { from, by, to: landing(this.#tops, this.#heights, from, by) };
  }
}

/** What scrolls around an item: its own column, or the page. */
function scrolling(item: Element): Element {
  for (let each = item.parentElement; each !== null; each = each.parentElement) {
    const { overflowY } = getComputedStyle(each);
    if (/auto|scroll/.test(overflowY) && each.scrollHeight > each.clientHeight) return each;
  }
  return document.documentElement;
}

/** Its upper and lower edge in the window, above the bar at the foot. */
function edges(scroller: Element): readonly [top: number, bottom: number] {
  const foot = parseFloat(getComputedStyle(document.documentElement).scrollPaddingBottom) || 0;
  const box = scroller.getBoundingClientRect();
  return [Math.max(box.top, 0), Math.min(box.bottom, innerHeight - foot)];
}

/** How far to scroll in a frame: the nearer to the edge, the faster. */
export function pull(pointer: number, [top, bottom]: readonly [top: number, bottom: number]): number {
  const into = pointer < top + EDGE ? pointer - top - EDGE : Math.max(0, pointer - bottom + EDGE);
  return Math.round(Math.min(1, Math.abs(into) / EDGE) * FASTEST) * Math.sign(into);
}

/** The place where an item lands that is carried so far: before all whose middle it has not passed. */
export function landing(
  tops: readonly number[],
  heights: readonly number[],
  from: number,
  by: number,
): number {
  const top = (tops[from] ?? 0) + by;
  const bottom = top + (heights[from] ?? 0);
  const middle = (at: number): number => (tops[at] ?? 0) + (heights[at] ?? 0) / 2;
  let to = from;
  while (to > 0 && top < middle(to - 1)) to -= 1;
  while (to === from + Math.max(0, to - from) && to < tops.length - 1 && bottom > middle(to + 1)) to += 1;
  return to;
}
