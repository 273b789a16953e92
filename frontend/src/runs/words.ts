/** What is said of runs. */

import { count, number } from "../words";
import type { RunSummary } from "./elites";

/** How a run stands, in a word or two. */
export function stateOf({ here, state }: Pick<RunSummary, "here" | "state">): string {
  if (here) return "On its way.";
  return {
    running: "On its way in another process.",
    interrupted: "Interrupted.",
    stopped: "Stopped.",
    done: "Done.",
    failed: "Failed.",
  }[state];
}

/** How far it is, of its budget. */
export function progressOf({ completions, budget }: Pick<RunSummary, "completions" | "budget">): string {
  const most = budget?.completions;
  return most ? `${number(completions)} of ${count(most, "completion")}` : count(completions, "completion");
}

const EMITTERS: Readonly<Record<string, string>> = {
  near: "a text of the map, and others near it",
  replace: "those of the last prompt, one of them replaced",
  uniform: "texts of the map, each as likely as any other",
  novelty: "texts of the map, rather those far from the others",
  quality: "the best texts, wherever they stand",
  prompts: "those of prompts that brought much, changed",
  person: "what you kept or pinned of the run",
  bandit: "chosen by what brought most so far",
};

/** What the parents of a run are; the emitter's own name is for the terminal. */
export function parentsWords(emitter: string): string {
  return EMITTERS[emitter] ?? `chosen as “${emitter}” says`;
}

const MEASURES: Readonly<Record<string, string>> = {
  "distinct-2": "variety of words",
  "distinct-letters": "variety of letters",
};

/** What a measure is called in a sentence; its own name is for the terminal. */
export function measureWords(name: string): string {
  return MEASURES[name] ?? name.replaceAll("-", " ");
}
