/**
 * A grid in which each item stands right below the one above it, whatever its height: its rows are one pixel high,
 * and each item takes as many as it needs. The order of reading stays that of the document.
 */

/**
 * Attach it to the grid; its style has `grid-auto-flow: dense`, `grid-auto-rows: 1px` and no gap between rows.
 *
 * The browser says how high each item is, after it has laid them out and before it draws them. To ask for it would have it
 * lay out what is out of sight, and the grid anew for each item.
 */
export function masonry(grid: HTMLElement): () => void {
  const observed = new Set<Element>();
  const sizes = new ResizeObserver((entries) => {
    const gap = parseFloat(getComputedStyle(grid).columnGap) || 0;
    for (const { target, borderBoxSize } of entries) {
      const item = target.parentElement;
      if (item?.parentElement !== grid) continue;
      // In eighths of a pixel: where equal heights were rounded apart, cards would change places.
      const height = Math.round((borderBoxSize[0]?.blockSize ?? 0) * 8) / 8;
      item.style.gridRowEnd = `span ${Math.ceil(height + gap)}`;
    }
  });
  const take = (): void => {
    for (const each of observed) {
      if (each.parentElement?.parentElement === grid) continue;
      observed.delete(each);
      sizes.unobserve(each);
    }
    for (const { firstElementChild: child } of grid.children) {
      if (child === null || observed.has(child)) continue;
      observed.add(child);
      sizes.observe(child);
    }
  };
  const items = new MutationObserver(take);
  items.observe(grid, { childList: true });
  take();
  return () => {
    sizes.disconnect();
    items.disconnect();
  };
}
