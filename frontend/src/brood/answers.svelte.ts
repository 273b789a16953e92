/** What the model of a bed answers to prompts: the tasks that there are, which one is chosen, and what came. */

import { SvelteMap, SvelteSet } from "svelte/reactivity";

import { announce } from "../announcer.svelte";
import { api, got } from "../api/client";
import type { components } from "../api/schema";
import { fail } from "../notices.svelte";
import { bed } from "../state/bed.svelte";
import { studio } from "../state/studio.svelte";
import type { Text } from "../state/types";

type Task = components["schemas"]["TaskBody"];
type Found = components["schemas"]["AnswersBody"];

class Answers {
  tasks = $state.raw<readonly Task[]>([]);
  /** The name of the task that is chosen, for all cards. */
  task = $state("");
  failed = $state(false);
  /** The texts that wait for their answers, by number. */
  readonly waiting = new SvelteSet<number>();
  readonly #found = new SvelteMap<string, Found>();
  /** How likely the model finds what is expected after a prompt, by its words. */
  readonly #figures = new SvelteMap<string, number | null>();
  #loading: Promise<void> | undefined;

  /** Fetches the tasks, once. */
  load(): Promise<void> {
    return (this.#loading ??= this.#load());
  }

  async #load(): Promise<void> {
    try {
      this.tasks = await got(api.GET("/api/tasks"));
      this.task ||= this.tasks[0]?.name ?? "";
      this.failed = false;
    } catch {
      this.failed = true;
      this.#loading = undefined;
    }
  }

  /** What came for a text and the chosen task. */
  of(text: Text): Found | undefined {
    return this.#found.get(key(text.id, this.task));
  }

  /** How likely the model finds what is expected after a text, in words; undefined where it was not asked. */
  figure(text: Text): string | undefined {
    const logprob = this.#figures.get(key(text.content, this.task));
    return logprob === undefined ? undefined : chance(logprob);
  }

  /** Asks the model about each of these texts, one after the other. */
  async ask(texts: readonly Text[]): Promise<void> {
    await this.load();
    const task = this.task;
    const asked = texts.filter((text) => !this.waiting.has(text.id));
    for (const { id } of asked) this.waiting.add(id);
    try {
      for (const text of asked) {
        const found = await fetched(text, task);
        this.#found.set(key(text.id, task), found);
        for (const { prompt, logprob } of [found.figures, ...found.parents])
          this.#figures.set(key(prompt, task), logprob);
        this.waiting.delete(text.id);
        announce(verdict(found));
      }
    } catch (thrown) {
      fail(thrown);
    } finally {
      for (const { id } of asked) this.waiting.delete(id);
    }
  }
}

export const answers = new Answers();

/** Whether a prompt is better than the best of its parents, in words; "" where that is not known. */
export function verdict({ gain }: Pick<Found, "gain">): string {
  if (gain === null) return "";
  return gain > 0 ? "Better than its parents." : "No better.";
}

/** A mean log-probability as people read it: the chance of a token. */
export function chance(logprob: number | null): string {
  if (logprob === null) return "not measured";
  const percent = 100 * Math.exp(logprob);
  return `${percent >= 1 ? Math.round(percent) : percent.toFixed(2)} % a token`;
}

/** What is remembered belongs to the model of the bed, which answers. */
function key(of: number | string, task: string): string {
  return JSON.stringify([studio.writers(bed.now?.settings)[0]?.name, task, of]);
}

function fetched(text: Text, task: string): Promise<Found> {
  const query = { task, ...(bed.now && { bed: bed.now.id }) };
  return got(api.GET("/api/texts/{text_id}/answers", { params: { path: { text_id: text.id }, query } }));
}
