/** Where the arrows lead among things that stand on the page, by where they stand. */

export interface Place {
  readonly key: string;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The nearest place above or below this one; of those in a row, the one that lies most nearly over it. */
export function beyond(places: readonly Place[], from: Place, way: "up" | "down"): string | undefined {
  const middle = (from.left + from.right) / 2;
  const rows = places
    .filter((place) => (way === "down" ? place.top >= from.bottom - 1 : place.bottom <= from.top + 1))
    .map((place) => ({
      place,
      far: way === "down" ? place.top - from.bottom : from.top - place.bottom,
      aside: Math.abs((place.left + place.right) / 2 - middle),
    }));
  const nearest = Math.min(...rows.map((row) => row.far));
  const row = rows.filter((each) => each.far < nearest + 40);
  return row.sort((a, b) => a.aside - b.aside)[0]?.place.key;
}
