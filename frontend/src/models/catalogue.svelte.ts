/** All that the page of models knows, and what is done there. */

import { announce } from "../announcer.svelte";
import { api, got, Problem } from "../api/client";
import { events } from "../api/sse";
import { fail, tell } from "../notices.svelte";
import { bed } from "../state/bed.svelte";
import { studio } from "../state/studio.svelte";
import {
  bytes,
  isOnItsWay,
  suggested,
  whatGoes,
  type Catalogue,
  type CatalogueModel,
  type Pull,
  type ServerModel,
} from "./words";

/** A model that can be chosen, wherever it runs. */
export type Choosable = Pick<CatalogueModel, "title" | "default"> & { readonly choose: string };
/** What may be forgotten. */
export type Forgettable = CatalogueModel | ServerModel;

/** What a person is asked before something is removed. */
interface Forgetting {
  readonly name: string;
  readonly title: string;
  readonly words: string;
  readonly act: string;
}

export class Models {
  now = $state.raw<Catalogue>();
  pulls = $state.raw<readonly Pull[]>([]);
  /** The name of the model that keys act on. */
  at = $state<string>();
  dialog = $state<"file" | "server" | "compare" | "forget">();
  /** The model that is asked about before it is forgotten. */
  forgetting = $state.raw<Forgetting>();
  /** The server model that is being probed. */
  probing = $state<string>();

  readonly here = $derived(
    (this.now?.models ?? []).filter(({ choose, kind }) => choose !== null || kind === "file"),
  );
  readonly others = $derived(
    (this.now?.models ?? []).filter(({ choose, kind }) => choose === null && kind !== "file"),
  );
  readonly suggestion = $derived(suggested(this.others));
  /** Pulls of what is in no list, as of any file of the hub. */
  readonly further = $derived(
    this.pulls.filter(
      ({ name, state }) => state !== "done" && this.now?.models.every((model) => model.name !== name),
    ),
  );

  pullOf(name: string): Pull | undefined {
    return this.pulls.find((each) => each.name === name);
  }

  async load(): Promise<void> {
    try {
      this.now = await got(api.GET("/api/models/catalogue"));
      this.pulls = this.now.pulls;
      this.at ??= this.here[0]?.name;
    } catch (thrown) {
      fail(thrown);
    }
  }

  /** Follows the pulls until the page is left. */
  async follow(signal: AbortSignal): Promise<void> {
    try {
      for await (const { event, data } of events("/api/models/pulls/events", { signal }))
        if (event === "pulls") this.#take((JSON.parse(data) as { pulls: Pull[] }).pulls);
    } catch (thrown) {
      fail(thrown);
    }
  }

  #take(pulls: readonly Pull[]): void {
    const before = this.pulls;
    this.pulls = pulls;
    let ended = false;
    for (const pull of pulls) {
      const was = before.find(({ name }) => name === pull.name);
      if (was === undefined || !isOnItsWay(was) || isOnItsWay(pull)) continue;
      ended = true;
      const title = this.now?.models.find(({ name }) => name === pull.name)?.title ?? pull.name;
      if (pull.state === "done") tell(`${title} is here.`);
      announce(pull.state === "done" ? `${title} is here.` : `${title}: ${pull.problem ?? pull.state}.`);
    }
    if (ended) void this.#again();
  }

  async #again(): Promise<void> {
    await Promise.all([this.load(), studio.look()]);
  }

  /** Begins a pull, or resumes one. */
  async pull(name: string): Promise<boolean> {
    return this.#act(async () => {
      const pull = await got(api.POST("/api/models/pulls", { params: { query: { name } } }));
      this.pulls = [...this.pulls.filter((each) => each.name !== pull.name), pull];
    });
  }

  async pause(name: string): Promise<void> {
    await this.#act(async () => {
      const pull = await got(api.POST("/api/models/pulls/pause", { params: { query: { name } } }));
      this.pulls = this.pulls.map((each) => (each.name === name ? pull : each));
    });
  }

  async useAsDefault(model: Choosable): Promise<void> {
    const before = studio.model()?.name;
    await this.#act(async () => {
      const now = await this.#setDefault(model.choose);
      const caution = now.instruct_sign
        ? ` It seems to be an instruct model (${now.instruct_sign}); base models breed better.`
        : "";
      tell(`${model.title} is the default now.${caution}${now.fixed ? ` ${now.fixed}` : ""}`, () => {
        if (before) void this.#act(async () => void (await this.#setDefault(before)));
      });
    });
  }

  async #setDefault(name: string): Promise<{ instruct_sign: string; fixed: string | null }> {
    const now = await got(api.POST("/api/models/default", { body: { name } }));
    await this.#again();
    void studio.loadModel(name);
    return now;
  }

  /** Gives the open bed this model as its own. */
  async useInBed(model: Choosable): Promise<void> {
    await this.#act(async () => {
      const open = studio.now?.bed;
      if (bed.now !== undefined) bed.set({ model: model.choose, models: null });
      else if (open !== undefined)
        await got(
          api.PATCH("/api/beds/{bed_id}", {
            params: { path: { bed_id: open.id } },
            body: { settings: { model: model.choose, models: null } },
          }),
        );
      tell(`“${bed.now?.name ?? open?.name ?? "The bed"}” breeds with ${model.title} from now on.`);
      void studio.loadModel(model.choose);
    });
  }

  /** Whether something of a model can be forgotten: it is here, whole or not, and is not the default. */
  canForget(model: Forgettable): boolean {
    if (model.default) return false;
    if (!("kind" in model)) return true;
    return (
      model.kind !== "embedded" && (model.choose !== null || model.kind === "file" || model.unfinished > 0)
    );
  }

  /** Asks before a model is forgotten. */
  forget(model: Forgettable): void {
    this.#ask({
      name: model.name,
      title: `Forget ${model.title}?`,
      words: whatGoes(model),
      act: "Forget it",
    });
  }

  /** Asks before a pull is given up. */
  giveUp(pull: Pull, title: string): void {
    const words = `What has come of it is removed${pull.done > 0 ? `: ${bytes(pull.done)}` : ""}.`;
    this.#ask({ name: pull.name, title: `Give up ${title}?`, words, act: "Give it up" });
  }

  #ask(forgetting: Forgetting): void {
    this.forgetting = forgetting;
    this.dialog = "forget";
  }

  async forgetNow(name: string): Promise<void> {
    this.dialog = undefined;
    await this.#act(async () => {
      await api.DELETE("/api/models", { params: { query: { name } } });
      if (this.at === name) this.at = undefined;
      await this.#again();
    });
  }

  async probe(name: string): Promise<void> {
    this.probing = name;
    await this.#act(async () => {
      await got(api.POST("/api/models/probe", { params: { query: { name } } }));
      await this.load();
      announce("The server was probed.");
    });
    this.probing = undefined;
  }

  /** After something was added: what there is now, with the new one current. */
  async added(name: string): Promise<void> {
    this.dialog = undefined;
    await this.#again();
    this.at = name;
    tell(`${this.#titleOf(name)} is listed now.`);
  }

  #titleOf(name: string): string {
    const all = [...(this.now?.models ?? []), ...(this.now?.servers ?? [])];
    return all.find((each) => each.name === name)?.title ?? name;
  }

  async #act(run: () => Promise<void>): Promise<boolean> {
    try {
      await run();
      return true;
    } catch (thrown) {
      fail(thrown);
      return false;
    }
  }
}

/** What a form shows of what went wrong. */
export function wordsOf(problem: Problem | undefined): string {
  return problem === undefined
    ? ""
    : [problem.detail || problem.title, problem.hint].filter(Boolean).join(" ");
}
