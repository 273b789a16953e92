/** One run, as its page shows it: its archive, where one stands in it, and what is done with it. */

import { SvelteSet } from "svelte/reactivity";

import { announce } from "../announcer.svelte";
import { api, got } from "../api/client";
import { Problem } from "../api/problem";
import { events } from "../api/sse";
import { fail, notices, tell } from "../notices.svelte";
import { bedPath, router } from "../router.svelte";
import { bed } from "../state/bed.svelte";
import { studio } from "../state/studio.svelte";
import type { Mark, Text } from "../state/types";
import { count, firstLine } from "../words";
import { nextFilled, placeOf, rangesOf, rowsOf, squaresOf, short } from "./elites";
import type { Elite, Run, RunSummary, Spot, Step } from "./elites";

/** Which dialog is open. */
export type Sheet = "adopt" | "put" | "go on" | "alike";

const DROPPED = "Dropped: it stands in no prompt, and leaves its square.";

export class RunView {
  now = $state.raw<Run>();
  missing = $state(false);
  /** The best text of each square of the map. */
  squares = $state.raw<ReadonlyMap<number, Elite>>(new Map());
  at = $state.raw<Spot>([0, 0]);
  /** The text that is open beside the map. */
  text = $state.raw<Text>();
  open = $state(false);
  list = $state(false);
  sheet = $state<Sheet>();
  /** What a text of one's own begins with: nothing, or the text of which it is another version. */
  beginning = $state.raw<Text>();
  last = $state.raw<Step>();
  readonly pinned = new SvelteSet<number>();
  readonly dropped = new SvelteSet<number>();
  readonly chosen = new SvelteSet<number>();
  #cells = new Map<number, Elite>();
  #following: AbortController | undefined;

  get here(): Elite | undefined {
    return this.now && this.squares.get(placeOf(this.at, this.now.columns));
  }

  /** All texts of the archive, the best first. */
  get elites(): Elite[] {
    void this.squares; // it changes with them
    return [...this.#cells.values()].sort((a, b) => b.quality - a.quality);
  }

  async load(name: string): Promise<void> {
    try {
      const found: RunSummary[] = await got(api.GET("/api/runs", { params: { query: { name } } }));
      const id = found[0]?.id;
      if (id === undefined) this.missing = true;
      else this.#take(await got(api.GET("/api/runs/{run_id}", { params: { path: { run_id: id } } })));
      const best = this.elites[0];
      if (best) this.at = [best.x, best.y];
    } catch (thrown) {
      fail(thrown);
    }
  }

  leave(): void {
    this.#following?.abort();
  }

  // Where one stands.

  move(by: Spot, toFilled: boolean): void {
    const run = this.now;
    if (run === undefined) return;
    const next = toFilled ? nextFilled(new Map(this.squares), this.at, by) : undefined;
    if (toFilled && next === undefined) return;
    const [x, y] = next ? [next.x, next.y] : [this.at[0] + by[0], this.at[1] + by[1]];
    this.stand([Math.min(Math.max(x, 0), run.columns - 1), Math.min(Math.max(y, 0), run.rows - 1)]);
  }

  stand(spot: Spot): void {
    this.at = spot;
    announce(this.words());
    if (this.open) void this.look();
  }

  /** What the square says where one stands. */
  words(): string {
    const run = this.now;
    if (run === undefined) return "";
    const its = this.here;
    const place = rangesOf(run, this.at);
    if (its === undefined) return `Empty. ${place}.`;
    const marks = this.marksOf(its);
    return `${firstLine(its.line, 60)} Quality ${short(its.quality)}${marks ? `, ${marks}` : ""}. ${place}.`;
  }

  marksOf({ text, own }: Elite): string {
    const words = [
      own ? "your own" : "",
      this.pinned.has(text) ? "pinned" : "",
      this.dropped.has(text) ? "dropped" : "",
      this.chosen.has(text) ? "chosen" : "",
    ];
    return words.filter(Boolean).join(", ");
  }

  /** Opens the text of the square beside the map. */
  async look(): Promise<void> {
    this.open = true;
    const id = this.here?.text;
    this.text = undefined;
    if (id === undefined) return;
    try {
      const text = await got(api.GET("/api/texts/{text_id}", { params: { path: { text_id: id } } }));
      if (this.here?.text === id) this.text = text;
    } catch (thrown) {
      fail(thrown);
    }
  }

  // What a person does inside.

  async mark(mark: Mark): Promise<void> {
    const id = this.here?.text;
    if (id !== undefined) await this.#mark(mark, id, !this.isMarked(mark, id));
  }

  async #mark(mark: Mark, id: number, on: boolean): Promise<void> {
    const wasDropped = this.dropped.has(id);
    const wasKept = this.isMarked("keep", id);
    try {
      // Kept and dropped exclude each other: the answer has what stands now.
      const [text] = await got(api.POST("/api/marks", { body: { mark, ids: [id], on } }));
      if (text) {
        this.pinned[text.marks.includes("pin") ? "add" : "delete"](id);
        this.dropped[text.marks.includes("drop") ? "add" : "delete"](id);
        if (this.text?.id === id) this.text = { ...this.text, marks: text.marks };
      }
      const words = { keep: "Kept", pin: "Pinned", drop: "Dropped", away: "Put away" }[mark];
      const effect = mark === "pin" ? ": it stands in every prompt" : "";
      if (mark === "drop" && on) {
        tell(DROPPED, () => void this.#mark(wasKept ? "keep" : "drop", id, wasKept));
      } else announce(on ? `${words}${effect}.` : `No longer ${words.toLowerCase()}.`);
      if (wasDropped || mark === "drop") await this.#refresh();
    } catch (thrown) {
      fail(thrown);
    }
  }

  isMarked(mark: Mark, id: number): boolean {
    const set = { pin: this.pinned, drop: this.dropped }[mark as "pin" | "drop"];
    return set?.has(id) ?? (this.text?.id === id && this.text.marks.includes(mark));
  }

  choose(): void {
    const id = this.here?.text;
    if (id === undefined) return;
    this.chosen[this.chosen.has(id) ? "delete" : "add"](id);
    announce(`${this.chosen.has(id) ? "Chosen" : "No longer chosen"}. ${count(this.chosen.size, "text")}.`);
  }

  /** Bends the run towards the square where one stands, too, or no longer. */
  async bend(): Promise<void> {
    const bends = this.now?.bends ?? [];
    const others = bends.filter(([x, y]) => x !== this.at[0] || y !== this.at[1]);
    const towards = others.length < bends.length ? others : [...bends, this.at];
    if (!(await this.#ask("bend", { towards }))) return;
    announce(towards.length > 0 ? "Parents are drawn near there from now on." : "It is bent no longer.");
  }

  /** Puts a text into the run, and gives whether that is done. */
  async put(words: string): Promise<boolean> {
    if (!(await this.#ask("texts", { texts: [words] }))) return false;
    this.sheet = undefined;
    tell(this.now?.here ? "It is measured at the next step." : "It is measured when the run goes on.");
    return true;
  }

  async stop(): Promise<void> {
    if (await this.#ask("stop", undefined)) announce("Stopped. All that came is kept.");
  }

  async goOn(completions: number | undefined): Promise<void> {
    if (!(await this.#ask("resume", completions === undefined ? {} : { budget: { completions } }))) return;
    this.sheet = undefined;
    announce("It goes on.");
  }

  /** Takes what is chosen, or else the text where one stands, to a bed: a new one, or the open one. */
  async adopt(open: boolean): Promise<void> {
    const ids = this.chosen.size > 0 ? [...this.chosen] : this.here ? [this.here.text] : [];
    if (ids.length === 0) return;
    try {
      if (open) await this.#join(ids);
      else {
        const kind = studio.now?.kinds.find(({ name }) => name === this.now?.kind)?.name;
        const begun = await got(api.POST("/api/beds", { body: { parents: ids, kind: kind ?? null } }));
        await bed.open(begun.id);
        tell(`A new bed, “${begun.name}”, with ${count(ids.length, "parent")}.`);
      }
      this.sheet = undefined;
      if (bed.now) router.go(bedPath(bed.now.id));
    } catch (thrown) {
      fail(thrown);
    }
  }

  async #join(ids: readonly number[]): Promise<void> {
    await bed.openLast();
    if (bed.now === undefined) return;
    const texts = await Promise.all(
      ids.map((id) => got(api.GET("/api/texts/{text_id}", { params: { path: { text_id: id } } }))),
    );
    const others = bed.now.parents.filter((each) => !ids.includes(each.id));
    bed.setParents([...others, ...texts]);
    bed.tellDone(`${count(ids.length, "parent")} more in “${bed.now.name}”.`);
  }

  /** Asks for a change, and shows the run as it is afterwards; throws nothing, and gives whether it was made. */
  async #ask(what: "bend" | "texts" | "stop" | "resume", body: object | undefined): Promise<boolean> {
    const id = this.now?.id;
    if (id === undefined) return false;
    try {
      const params = { path: { run_id: id } };
      const given = body === undefined ? { params } : { params, body };
      this.#take(await got(api.POST(`/api/runs/{run_id}/${what}`, given as never)));
      return true;
    } catch (thrown) {
      fail(thrown);
      return false;
    }
  }

  #take(run: Run): void {
    this.now = run;
    this.#cells = new Map(rowsOf(run.elites).map((elite) => [elite.cell, elite]));
    this.squares = squaresOf(this.#cells.values(), run.columns);
    for (const [set, ids] of [
      [this.pinned, run.pinned],
      [this.dropped, run.dropped],
    ] as const) {
      set.clear();
      for (const id of ids) set.add(id);
    }
    if (run.here && this.#following === undefined) void this.#follow(run);
  }

  async #follow(run: Run): Promise<void> {
    const following = (this.#following = new AbortController());
    const how = {
      signal: following.signal,
      lastEventId: run.event > 0 ? String(run.event) : "",
      isLast: ({ event }: { event: string }) => event === "ended",
    };
    try {
      for await (const { event, data } of events(`/api/runs/${run.id}/events`, how)) {
        if (event === "step") this.#step(JSON.parse(data) as Step);
        else if (event === "notice") notices.add({ kind: "done", words: JSON.parse(data).words });
        else if (event === "error") fail(new Problem(JSON.parse(data) as { title: string }));
      }
    } catch (thrown) {
      fail(thrown);
    }
    if (following.signal.aborted) return;
    this.#following = undefined;
    await this.#refresh();
    announce(`The run has ended. ${this.now?.reason ?? ""}`);
  }

  /** Fetches the run as it stands: what was dropped has left its square to the next best. */
  async #refresh(): Promise<void> {
    const id = this.now?.id;
    if (id === undefined) return;
    try {
      this.#take(await got(api.GET("/api/runs/{run_id}", { params: { path: { run_id: id } } })));
    } catch (thrown) {
      fail(thrown);
    }
    if (this.open && this.here?.text !== this.text?.id) await this.look();
  }

  #step(step: Step): void {
    const run = this.now;
    if (run === undefined) return;
    this.last = step;
    for (const elite of rowsOf(step.elites)) this.#cells.set(elite.cell, elite);
    this.squares = squaresOf(this.#cells.values(), run.columns);
    const { history } = run;
    if (step.outcomes["dropped"] || step.outcomes["restored"]) void this.#refresh();
    const isNew = step.number >= history.completions.length;
    this.now = {
      ...run,
      completions: step.completions,
      tokens: step.tokens,
      seconds: step.seconds,
      qd_score: step.qd_score,
      coverage: step.coverage,
      waiting: step.emitter === "you" ? 0 : run.waiting,
      history: isNew
        ? {
            completions: [...history.completions, step.completions],
            qd_score: [...history.qd_score, step.qd_score],
            coverage: [...history.coverage, step.coverage],
          }
        : history,
    };
  }
}
