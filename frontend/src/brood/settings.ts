/** The settings of the next brood: those of the sampling are the server's, with their words. */

import { studio } from "../state/studio.svelte";
import type { Bed, SettingsChange, TextKind } from "../state/types";

export interface SettingWords {
  readonly name: Exclude<
    keyof SettingsChange,
    "model" | "models" | "prompt" | "examples" | "candidates" | "own_pattern"
  >;
  readonly words: string;
  readonly about: string;
  /** What holds when nothing is set. */
  readonly usual: string;
  readonly least: number;
  readonly most?: number;
  readonly step: number;
}

const refills: SettingWords = {
  name: "refills",
  words: "Second tries",
  about: "How many copies, loops and cut-off ones of a brood are asked for anew. 0 leaves them as they are.",
  usual: "as many",
  least: 0,
  most: 1000,
  step: 1,
};

const length: SettingWords = {
  name: "words",
  words: "Length in words",
  about: "About how many words each has. What is much shorter or longer is asked for anew.",
  usual: "as its parents",
  least: 1,
  most: 2000,
  step: 10,
};

/** Media whose texts have as many words as one likes. */
const OF_ANY_LENGTH: readonly string[] = ["verse", "prose", "quote"];

/** All settings, with what is usual for texts of a kind. */
export function settings(kind: TextKind): readonly SettingWords[] {
  const sampling = (studio.now?.settings ?? []).map(({ name, title, about, usual, least, most, step }) => ({
    name: name as SettingWords["name"],
    words: title,
    about,
    usual: String(kind.sampling[name] ?? (usual || "by the pattern")),
    least,
    ...(most === null ? {} : { most }),
    step,
  }));
  return [...(OF_ANY_LENGTH.includes(kind.medium) ? [length] : []), ...sampling, refills];
}

/** The temperature of the next brood: what was set, or what is usual for texts of its kind. */
export function heatOf(bed: { now: Bed | undefined; kind: TextKind }): number {
  return bed.now?.settings.temperature ?? bed.kind.sampling.temperature ?? 1;
}
