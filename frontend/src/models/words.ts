/** The words for models, their sizes and speeds: without state, so that it can be tested. */

import type { components } from "../api/client";

type Schemas = components["schemas"];

export type Catalogue = Schemas["CatalogueBody"];
export type CatalogueModel = Schemas["CatalogueModel"];
export type ServerModel = Schemas["ServerModel"];
export type Pull = Schemas["PullBody"];
export type Server = Schemas["ServerBody"];
export type Folder = Schemas["FolderBody"];
export type Kept = Schemas["KeptBody"];
export type Tried = Schemas["TriedBody"];

/** About so many tokens have eight short poems. */
const BROOD = 320;
/** A model that is slower than this is not recommended, in tokens a second. */
const SLOW = 4;

const LICENCES: Readonly<Record<string, string>> = {
  "apache-2.0": "Apache 2.0",
  gemma: "Gemma’s terms",
  "llama3.1": "Llama 3.1’s terms",
  "llama3.2": "Llama 3.2’s terms",
};

export function bytes(n: number): string {
  if (n >= 1e9) return `${(n / 1e9).toFixed(n >= 1e11 ? 0 : 1)}\u00a0GB`;
  return n >= 1e6 ? `${Math.round(n / 1e6)}\u00a0MB` : `${Math.ceil(n / 1e3)}\u00a0kB`;
}

export function licence(name: string): string {
  return LICENCES[name] ?? name;
}

/** Whether a model fits the memory of this machine. */
export function fits(model: Pick<CatalogueModel, "fits" | "memory">): string {
  if (model.fits === "yes") return "fits this machine";
  if (model.fits === "tight") return "just fits; other programs would feel it";
  if (model.fits === "no") return `too large: it needs ${bytes(model.memory)} of memory`;
  return "";
}

/** How long eight short poems take, and how that is known. */
export function pace(speed: CatalogueModel["speed"]): string {
  if (speed === null) return "";
  const seconds = BROOD / speed.tokens;
  const known = speed.seen ? "as seen here" : "a guess";
  return `eight short poems in about ${time(seconds)} (${known})`;
}

/** A time as short as it is clear. */
export function time(seconds: number): string {
  if (seconds < 1) return "a second";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} hours`;
}

/** What makes up the line below a model: its size, its licence, whether it fits, how fast it is. */
export function facts(model: CatalogueModel): string[] {
  const size = model.size > 0 && model.choose === null && model.kind === "pulled" ? 0 : model.size;
  const fast = model.fits === "no" ? "" : pace(model.speed);
  return [size ? bytes(size) : "", licence(model.licence), fits(model), fast].filter((each) => each !== "");
}

/** How far a pull is, in a line. */
export function progress(pull: Pull): string {
  const far = pull.size > 0 ? `${bytes(pull.done)} of ${bytes(pull.size)}` : "";
  switch (pull.state) {
    case "waiting":
      return "waits for its turn";
    case "asking":
      return "asking the hub";
    case "checking":
      return `checking what is here: ${far}`;
    case "paused":
      return far ? `paused, ${far}` : "paused";
    case "failed":
      return far && pull.done > 0 ? `stopped, ${far}` : "stopped";
    case "done":
      return "here, and checked";
    case "pulling": {
      const rate = pull.a_second ? `, ${bytes(pull.a_second)} a second` : "";
      const left = pull.a_second ? `, ${time((pull.size - pull.done) / pull.a_second)} left` : "";
      return `${far}${rate}${left}`;
    }
  }
}

/** Whether a pull goes on by itself. */
export function isOnItsWay(pull: Pull | undefined): boolean {
  return pull !== undefined && ["waiting", "asking", "checking", "pulling"].includes(pull.state);
}

/** The model to point out: the largest that fits well, is not slow, and asks for no terms. */
export function suggested(models: readonly CatalogueModel[]): CatalogueModel | undefined {
  const good = models.filter(
    (each) =>
      each.fits === "yes" && !each.gated && each.kind === "catalogue" && (each.speed?.tokens ?? 0) >= SLOW,
  );
  return good.sort((a, b) => b.size - a.size)[0];
}

/** What goes, and what stays, where a model is forgotten. */
export function whatGoes(model: CatalogueModel | ServerModel): string {
  if (!("kind" in model))
    return "It is taken off the list. Its key is removed from the keyring, unless another model needs it.";
  if (model.kind === "file") return "It is taken off the list. The file stays where it is.";
  const size = bytes(model.choose === null ? model.unfinished : model.size);
  return `What was pulled of it is removed: ${size}. It can be pulled again.`;
}

/** Which share of a model's offspring is kept, and how sure that is. */
export function share(kept: Kept): string {
  const percent = (n: number): string => `${Math.round(100 * n)} %`;
  return `${percent(kept.share)} (${percent(kept.low)} to ${percent(kept.high)})`;
}

/** What the shares of several models say together: whether the first is ahead of all the others for sure. */
export function verdict(kept: readonly Kept[]): string {
  const [first, ...others] = kept;
  if (first === undefined || others.length === 0) return "";
  if (others.every(({ high }) => high < first.low)) return `You keep most of what ${first.title} writes.`;
  return "The ranges overlap: it cannot be said yet which of them you keep most from.";
}

/** The last part of a path. */
export function lastOf(path: string): string {
  return path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;
}
