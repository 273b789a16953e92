/** Which candidates stand below the versions, what they are versions of, and which texts may be put under work. */

import { firstPlaces, shownOrder } from "../state/coming";
import type { Bed, Brood, Text } from "../state/types";

export type Grown = "refined" | "worsened";

export function isGrown(kind: string): kind is Grown {
  return kind === "refined" || kind === "worsened";
}

/** Whether a brood was grown from the text that is under work now, and not from one before it. */
export function belongs(brood: Brood, bed: Pick<Bed, "chain" | "later">): boolean {
  const base = brood.parents.at(-1);
  if (!isGrown(brood.operation) || base === undefined) return false;
  const offspring = new Set(brood.offspring.map((text) => text.id));
  return [...bed.chain, ...bed.later].some(
    (version) => version.id === base || offspring.has(version.id) || isEditOf(version, base),
  );
}

/** The version that candidates are compared with: the one they were grown from. */
export function grownFrom(
  candidates: readonly (Text | undefined)[],
): { id: number; content: string } | undefined {
  // An edited candidate's changes are those of the edit; one that is as the model left it tells the base.
  const told = candidates.find((text) => text?.origin.author === "model" && text.changes !== null);
  const id = told?.origin.parents.at(-1);
  if (told?.changes == null || id === undefined) return undefined;
  const kept = told.changes.filter((change) => change.kind !== "new");
  return { id, content: kept.map((change) => change.text).join("") };
}

export interface Offer {
  readonly from: string;
  readonly texts: readonly Text[];
}

/** What the bed has that may be refined: what was kept, what came last, the parents; each once, the best first. */
export function offers(bed: Bed, earlier: readonly Brood[]): Offer[] {
  const first = bed.brood ? firstPlaces(bed.shown, bed.brood) : [];
  const { order } = shownOrder(first, bed.shown.length);
  const isWorse = bed.brood?.operation === "worsened"; // drafts that nobody would refine
  const shown = isWorse ? [] : order.flatMap((place) => bed.shown[place] ?? []);
  const older = earlier.flatMap((brood) => brood.offspring);
  const seen = new Set<number>();
  const fresh = (texts: readonly Text[]): Text[] =>
    texts.filter((text) => text.flaws.length === 0 && !seen.has(text.id) && seen.add(text.id));
  const kept = [...shown, ...older].filter((text) => text.marks.includes("keep"));
  return [
    { from: "Kept in this bed", texts: fresh(kept).slice(0, 6) },
    { from: "The last offspring", texts: fresh(shown).slice(0, 9) },
    { from: "The parents", texts: fresh([...bed.parents].reverse()).slice(0, 6) },
  ].filter((offer) => offer.texts.length > 0);
}

function isEditOf(version: Text, id: number): boolean {
  const { author, parents } = version.origin;
  return author === "person" && parents.length === 1 && parents[0] === id;
}
