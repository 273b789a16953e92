/** Choosing several of a list, as lists of files do it: one by one, and from one to another. */

/** The keys from one to another, both with them, in the order of the list; `to` alone when `from` is not in it. */
export function between(keys: readonly string[], from: string | undefined, to: string): readonly string[] {
  const start = from === undefined ? -1 : keys.indexOf(from);
  const end = keys.indexOf(to);
  if (end < 0) return [];
  if (start < 0) return [to];
  return keys.slice(Math.min(start, end), Math.max(start, end) + 1);
}

/** The list with the one at `from` moved to `to`; the same list when nothing moves. */
export function moved<T>(list: readonly T[], from: number, to: number): readonly T[] {
  const end = Math.min(Math.max(to, 0), list.length - 1);
  const item = list[from];
  if (item === undefined || end === from) return list;
  const rest = [...list.slice(0, from), ...list.slice(from + 1)];
  return [...rest.slice(0, end), item, ...rest.slice(end)];
}
