/**
 * What the model of a bed answers to prompts: the tasks that there are, which one is chosen, and what came.
 *
 * What came was waited for, and perhaps paid for, so the browser stores it, and which task is chosen for a bed.
 */

import { SvelteSet } from "svelte/reactivity";

import { announce } from "../announcer.svelte";
import { api, got } from "../api/client";
import type { components } from "../api/schema";
import { fail } from "../notices.svelte";
import { bed } from "../state/bed.svelte";
import { studio } from "../state/studio.svelte";
import type { Text } from "../state/types";
import { StoredMap } from "../storedmap.svelte";

type Task = components["schemas"]["TaskBody"];
type Found = components["schemas"]["AnswersBody"];

const MOST = 200;

class Answers {
  tasks = $state.raw<readonly Task[]>([]);
  failed = $state(false);
  /** The texts that wait for their answers, by number. */
  readonly waiting = new SvelteSet<number>();
  readonly #chosen = new StoredMap<string>("task ", MOST, isString);
  readonly #found = new StoredMap<Found>("answers ", MOST, isFound);
  #loading: Promise<void> | undefined;

  /** The name of the task that is chosen for all cards of the bed. */
  get task(): string {
    const chosen = this.#chosen.get(String(bed.now?.id));
    return (this.tasks.find(({ name }) => name === chosen) ?? this.tasks[0])?.name ?? "";
  }

  set task(name: string) {
    this.#chosen.set(String(bed.now?.id), name);
  }

  /** Fetches the tasks, once. */
  load(): Promise<void> {
    return (this.#loading ??= this.#load());
  }

  async #load(): Promise<void> {
    try {
      this.tasks = await got(api.GET("/api/tasks"));
      this.failed = false;
    } catch {
      this.failed = true;
      this.#loading = undefined;
    }
  }

  /** What came for a text and the chosen task. */
  of(text: Text): Found | undefined {
    const found = this.#found.get(this.#scope() + text.id);
    return found?.figures.prompt === text.content ? found : undefined; // or it is of another garden
  }

  /** How likely the model finds what is expected after a text, in words; undefined where it was not asked. */
  figure(text: Text): string | undefined {
    const scope = this.#scope();
    for (const [place, { figures, parents }] of this.#found.entries()) {
      const its =
        place.startsWith(scope) && [figures, ...parents].find(({ prompt }) => prompt === text.content);
      if (its) return chance(its.logprob);
    }
    return undefined;
  }

  /** To what the answers belong: the model of the bed, which answers, and the chosen task as it is now. */
  #scope(): string {
    const task = this.tasks.find(({ name }) => name === this.task);
    return JSON.stringify([studio.writers(bed.now?.settings)[0]?.name, task?.name, task?.digest]);
  }

  /** Asks the model about each of these texts, one after the other. */
  async ask(texts: readonly Text[]): Promise<void> {
    await this.load();
    const task = this.task;
    const scope = this.#scope();
    const asked = texts.filter((text) => !this.waiting.has(text.id));
    for (const { id } of asked) this.waiting.add(id);
    try {
      for (const text of asked) {
        const found = await fetched(text, task);
        this.#found.set(scope + text.id, found);
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

function fetched(text: Text, task: string): Promise<Found> {
  const query = { task, ...(bed.now && { bed: bed.now.id }) };
  return got(api.GET("/api/texts/{text_id}/answers", { params: { path: { text_id: text.id }, query } }));
}

function isString(found: unknown): found is string {
  return typeof found === "string";
}

/** Whether it has the form of answers; who changes what is stored harms only their own page. */
function isFound(found: unknown): found is Found {
  return (
    typeof found === "object" &&
    found !== null &&
    "figures" in found &&
    "answers" in found &&
    Array.isArray(found.answers) &&
    "parents" in found &&
    Array.isArray(found.parents)
  );
}
