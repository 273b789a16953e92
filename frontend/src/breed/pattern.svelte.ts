/** The pattern of a bed while a person changes it: its parts as they are typed, and how the prompt looks with them. */

import { api, asProblem, got, type components } from "../api/client";
import { drafts } from "../drafts.svelte";
import { bed } from "../state/bed.svelte";

export type Form = components["schemas"]["PatternForm"];
export type Part = keyof Form;

/** What is typed: numbers may be no numbers yet, and stops are edited one by one. */
class PatternForm {
  readonly #place: string = $derived(`pattern:${bed.now?.id}`);
  /** What is stored, as a draft begins from it. */
  readonly #from: string = $derived(JSON.stringify(bed.now?.form ?? null));
  readonly parts: Form | null = $derived(
    JSON.parse(drafts.of(this.#place, this.#from) ?? this.#from) as Form | null,
  );
  readonly isChanged: boolean = $derived(drafts.of(this.#place, this.#from) !== undefined);

  prompt = $state("");
  problems = $state.raw<Partial<Record<Part, string>>>({});
  /** Where the studio itself cannot say how the prompt looks. */
  failed = $state("");

  write(part: Part, value: Form[Part]): void {
    if (this.parts === null) return;
    drafts.write(this.#place, JSON.stringify({ ...this.parts, [part]: value }), this.#from);
  }

  /** Shows how the prompt looks now, and what is wrong where. */
  async look(parts: Form, signal: AbortSignal): Promise<void> {
    if (bed.now === undefined) return;
    const params = { path: { bed_id: bed.now.id } };
    try {
      const body = { ...parts };
      const tried = await got(api.POST("/api/beds/{bed_id}/pattern", { params, body, signal }));
      this.problems = Object.fromEntries(tried.problems.map(({ part, words }) => [part, words]));
      if (tried.problems.length === 0) this.prompt = tried.prompt;
      this.failed = "";
    } catch (thrown) {
      const { title, detail, hint } = asProblem(thrown);
      if (!signal.aborted) this.failed = [detail || title, hint].filter(Boolean).join(" ");
    }
  }

  /** Stores it with the bed; gives whether that was done. */
  async store(): Promise<boolean> {
    const { parts } = this;
    if (parts === null) return false;
    const [place, words] = [this.#place, JSON.stringify(parts)];
    const done = await bed.set({ own_pattern: parts });
    if (done) drafts.stored(place, words);
    return done;
  }

  /** Goes back to the pattern that the bed names. */
  async goBack(): Promise<void> {
    if (await bed.set({ own_pattern: null })) drafts.forget(this.#place);
  }

  throwAway(): void {
    drafts.throwAway(this.#place);
  }
}

export const pattern = new PatternForm();
