/** What the page has to know first, and how it is with the models. */

import { api, got } from "../api/client";
import { setModel } from "../model.svelte";
import { fail } from "../notices.svelte";
import { DEFAULT } from "../kinds";
import type { Bed, Model, Settings, Studio, Text, TextKind } from "./types";

const LOOK_AGAIN = 700;
/** For so many milliseconds an answer is new: as long as a page takes to open. */
const NEW = 1500;

class TheStudio {
  now = $state.raw<Studio>();
  models = $state.raw<readonly Model[]>([]);
  #loading: Promise<Studio | undefined> | undefined;
  /** When it was told; as long as it is being asked for, it is new. */
  #loaded = Infinity;
  #looking: ReturnType<typeof setTimeout> | undefined;

  /** Gives what the page has to know first; asked for once. */
  load(): Promise<Studio | undefined> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  /** Gives the bed that was tended last; a page that opens `atOnce` takes the first answer's, while that is new. */
  async last(atOnce: boolean): Promise<Bed | undefined> {
    const isNew = performance.now() - this.#loaded < NEW;
    if (!atOnce || !isNew) this.#loading = undefined;
    return (await this.load())?.bed;
  }

  /** Gives a model by its name, or the one that is used where none is named. */
  model(name?: string | null): Model | undefined {
    return this.models.find((each) => (name ? each.name === name : each.chosen));
  }

  /**
   * Says how a text is shown: as what it can be rendered as, or else as all kinds of the pattern it was bred with, or
   * `otherwise`.
   */
  mediumOf(
    { medium, prose, origin }: Text,
    otherwise: TextKind["medium"] = DEFAULT.medium,
  ): TextKind["medium"] {
    if (prose) return "prose";
    const kinds = (this.now?.kinds ?? []).filter(({ pattern }) => pattern === origin.pattern);
    const [its, ...others] = new Set(kinds.map((kind) => kind.medium));
    return medium ?? (others.length === 0 ? its : undefined) ?? otherwise;
  }

  /** Gives the models that write the broods of a bed; the first also does what is asked of one model. */
  writers(settings: Settings | undefined): readonly Model[] {
    const names = settings?.models.length ? settings.models : [settings?.model];
    return names.flatMap((name) => this.model(name) ?? []);
  }

  /** Begins to load a model, and looks after it until it is ready. */
  async loadModel(name: string): Promise<void> {
    try {
      await got(api.POST("/api/models/load", { params: { query: { name } } }));
      await this.look();
    } catch (thrown) {
      fail(thrown);
    }
  }

  /** Looks how it is with the models, again and again while one is loading. */
  async look(): Promise<void> {
    clearTimeout(this.#looking);
    try {
      this.#take(await got(api.GET("/api/models")));
    } catch {
      // The bed's own connection tells that the server is lost.
    }
    if (this.models.some((each) => each.state === "loading"))
      this.#looking = setTimeout(() => void this.look(), LOOK_AGAIN);
  }

  /** Shows in the header how it is with the model of the bed that is open. */
  show(settings: Settings | undefined): void {
    const writers = this.writers(settings);
    const model = writers.find(({ state }) => state === "failed") ?? writers[0];
    if (model === undefined) return;
    const state = model.state === "resting" ? "unknown" : model.state;
    setModel({ name: writers.map(({ title }) => title).join(" + "), state, words: model.problem ?? "" });
  }

  async #load(): Promise<Studio | undefined> {
    try {
      this.now = await got(api.GET("/api/studio"));
      this.#loaded = performance.now();
      this.#take(this.now.models);
      void this.look();
      return this.now;
    } catch (thrown) {
      this.#loading = undefined;
      fail(thrown);
      return undefined;
    }
  }

  #take(models: readonly Model[]): void {
    this.models = models;
  }
}

export const studio = new TheStudio();
