/** Which two of three texts of a run are alike: asked, answered, and made into a measure. */

import { announce } from "../announcer.svelte";
import { api, got, type components } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { tell } from "../notices.svelte";
import { count } from "../words";

type Triple = components["schemas"]["TripleBody"];

export class Alike {
  /** The three texts that are asked about; undefined before they are there. */
  asked = $state.raw<Triple>();
  problem = $state.raw<Problem>();
  busy = $state(false);
  readonly #run: number;
  #skipped = 0;

  constructor(run: number) {
    this.#run = run;
  }

  /** Asks anew; what was asked before is no longer shown, since no key would answer it. */
  async begin(): Promise<void> {
    this.asked = undefined;
    await this.ask();
  }

  async ask(): Promise<void> {
    await this.#do(async () => {
      const params = { path: { run_id: this.#run }, query: { skipped: this.#skipped } };
      this.asked = await got(api.GET("/api/runs/{run_id}/triple", { params }));
    });
  }

  async skip(): Promise<void> {
    this.#skipped += 1;
    await this.ask();
  }

  /** Says which of the three is not like the others. */
  async answer(odd: number): Promise<void> {
    const ids = this.asked?.texts.map((text) => text.id ?? 0) ?? [];
    const alike = ids.filter((_, n) => n !== odd);
    const odds = ids[odd];
    if (odds === undefined) return;
    await this.#do(async () => {
      const params = { path: { run_id: this.#run } };
      this.asked = await got(api.POST("/api/runs/{run_id}/triples", { params, body: { alike, odd: odds } }));
      this.#skipped = 0;
      announce(`${count(this.asked.answers, "answer")}. Another three.`);
    });
  }

  /** Makes a measure of the answers; says whether it is made. */
  async make(name: string): Promise<boolean> {
    return this.#do(async () => {
      const params = { path: { run_id: this.#run } };
      const made = await got(api.POST("/api/runs/{run_id}/measure", { params, body: { name } }));
      tell(`The measure “${made.name}” is made; a new run can be begun with it.`);
    });
  }

  async #do(work: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.problem = undefined;
    try {
      await work();
      return true;
    } catch (thrown) {
      this.problem = asProblem(thrown);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
