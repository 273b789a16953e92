/**
 * A grid in which each item stands right below the one above it, whatever its height: its rows are one pixel high,
 * and each item takes as many as it needs. The order of reading stays that of the document.
 */

const measured = new WeakMap<Element, HTMLElement>();

/** Attach it to the grid; its style has `grid-auto-flow: dense`, `grid-auto-rows: 1px` and no gap between rows. */
export function masonry(grid: HTMLElement): () => void {
  const fit = (item: HTMLElement): void => {
    const child = item.firstElementChild;
    if (!(child instanceof HTMLElement)) return;
    const gap = parseFloat(getComputedStyle(grid).columnGap) || 0;
    // In eighths of a pixel: where equal heights were rounded apart, cards would change places.
    const height = Math.round(child.getBoundingClientRect().height * 8) / 8;
    item.style.gridRowEnd = `span ${Math.ceil(height + gap)}`;
  };
  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const item = measured.get(target);
      if (item?.isConnected) fit(item);
    }
  });
  const take = (): void => {
    for (const item of grid.children) {
      const child = item.firstElementChild;
      if (!(item instanceof HTMLElement) || child === null || measured.get(child) === item) continue;
      measured.set(child, item);
      fit(item);
      sizes.observe(child);
    }
  };
  const items = new MutationObserver(take);
  items.observe(grid, { childList: true });
  take();
  return () => {
    sizes.disconnect();
    items.disconnect();
    for (const item of grid.children) if (item.firstElementChild) measured.delete(item.firstElementChild);
  };
}
