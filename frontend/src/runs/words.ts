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
