/** The model that breeds, as the header shows it. Whoever hears of a change says so with `setModel`. */

export interface ModelState {
  /** As a person calls it: "Gemma 3 270M, on this machine". */
  readonly name: string;
  readonly state: "unknown" | "loading" | "ready" | "failed";
  /** What there is to say of it: "loading, 3 s", what it costs, why it failed. */
  readonly words?: string;
}

class Model {
  now = $state.raw<ModelState>({ name: "", state: "unknown" });
}

export const model = new Model();

export function setModel(state: ModelState): void {
  model.now = state;
}
