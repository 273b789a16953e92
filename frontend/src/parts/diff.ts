/** A run of words that two versions share, or that one of them lacks. */
export interface Part {
  readonly kind: "same" | "added" | "removed";
  readonly text: string;
}
