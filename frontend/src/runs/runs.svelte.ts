/** The list of runs, and beginning one. */

import { announce } from "../announcer.svelte";
import { api, got, type components } from "../api/client";
import { fail } from "../notices.svelte";
import { router } from "../router.svelte";
import type { RunChoices, RunSummary } from "./elites";

export type Asked = components["schemas"]["RunAsked"];

export function runPath(name: string): string {
  return `/runs/${encodeURIComponent(name)}`;
}

export class Runs {
  /** The newest first; undefined before they are there. */
  list = $state.raw<readonly RunSummary[]>();
  at = $state<number>();
  beginning = $state(false);
  choices = $state.raw<RunChoices>();
  collections = $state.raw<readonly string[]>([]);

  get current(): RunSummary | undefined {
    return this.list?.find((each) => each.id === this.at);
  }

  async load(): Promise<void> {
    try {
      this.list = await got(api.GET("/api/runs"));
      if (this.current === undefined) this.at = this.list[0]?.id;
    } catch (thrown) {
      fail(thrown);
    }
  }

  /** Fetches what a run can be begun with, once it is wanted. */
  async offer(): Promise<void> {
    if (this.choices !== undefined) return;
    try {
      const [choices, collections] = await Promise.all([
        got(api.GET("/api/runs/choices")),
        got(api.GET("/api/collections")),
      ]);
      this.choices = choices;
      this.collections = collections.filter(({ chains }) => !chains).map(({ name }) => name);
    } catch (thrown) {
      fail(thrown);
    }
  }

  /** Begins a run, and opens its page; throws the problem, for the form to say it. */
  async begin(asked: Asked): Promise<void> {
    const run = await got(api.POST("/api/runs", { body: asked }));
    this.beginning = false;
    announce(`The run “${run.name}” is begun.`);
    router.go(runPath(run.name));
  }

  beside(by: number): RunSummary | undefined {
    const list = this.list ?? [];
    const here = list.findIndex((each) => each.id === this.at);
    return list[Math.min(Math.max(here + by, 0), list.length - 1)];
  }
}
