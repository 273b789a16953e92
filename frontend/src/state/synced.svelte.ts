/**
 * A bed as this page shows it: ahead of the server by what was just done, and in step with it otherwise.
 *
 * What a person does shows at once and is asked of the server in the order in which it was done; the answer is
 * the bed as it then stands. Where the server refuses, the bed is asked for anew and the problem is told.
 */

import { api, got } from "../api/client";
import { fail } from "../notices.svelte";
import type { Bed, Changed, Text } from "./types";

/** Asks something of the server; gives the bed as it then stands, or nothing where that is to be looked up. */
export type Request = (bed: Bed) => Promise<Bed | undefined>;

/** Milliseconds after which a bed is asked for anew: what is done right after a change, such as breeding, goes first. */
const CALM = 100;
/** So many steps back are shown before the server has answered. */
const MOST_STEPS = 20;

/** What a person sees of a bed, to find out whether another one looks the same. */
function looks({ parents, shown, chain, later, brood, kind, ...rest }: Bed): string {
  const of = (text: Text | null): unknown => text && [text.id, text.marks];
  const lists = [parents, shown, chain, later].map((texts) => texts?.map(of));
  const { name, start, n, settings, pattern } = rest;
  return JSON.stringify([lists, brood?.id, kind?.name, name, start, n, settings, pattern]);
}

export class SyncedBed {
  now = $state.raw<Bed>();
  /** What was done here last, one after the other: the bed before each step and after it. */
  #steps: readonly { readonly before: Bed; readonly after: Bed }[] = [];
  /** What comes after all that was asked. */
  #asked: Promise<unknown> = Promise.resolve();
  #pending = 0;
  /** Grows when a request begins and when it is answered: what was fetched across that may be old. */
  #turns = 0;
  /** The bed as the server told it last. */
  #solid: Bed | undefined;
  #revision = 0;
  /** The newest revision that the server told of. */
  #heard = 0;
  #wanted = false;
  #looking: Promise<void> | undefined;
  #soon: ReturnType<typeof setTimeout> | undefined;
  /** What a person wrote and the server could not store. */
  #unstored: string[] = [];
  readonly #taking: (bed: Bed, before: Bed | undefined) => void;
  readonly #asking: () => void;

  /** `taking` hears of each bed that the server tells, before it is shown; `asking` of all that is asked for. */
  constructor(taking: (bed: Bed, before: Bed | undefined) => void, asking: () => void = () => undefined) {
    this.#taking = taking;
    this.#asking = asking;
  }

  /** Shows a bed as the server tells it, unless it is older than what was told before. */
  take(bed: Bed): void {
    const before = this.now?.id === bed.id ? this.now : undefined;
    if (before !== undefined && bed.revision < this.#revision) return; // an older answer came later
    this.#revision = bed.revision;
    this.#taking(bed, before);
    this.now = this.#solid = bed;
  }

  /**
   * Shows a change at once and asks it of the server, after all that was asked before. What was `written` for it
   * can be copied where the server refuses it. Gives whether the server did it.
   */
  ask(request: Request, preview?: (bed: Bed) => Bed, written: readonly string[] = []): Promise<boolean> {
    const bed = this.now;
    if (bed === undefined) return Promise.resolve(false);
    this.#asking();
    if (preview) this.show(preview);
    else this.#steps = []; // what it changes is not known here
    this.#pending += 1;
    this.#turns += 1;
    const asked = this.#asked.then(async () => {
      try {
        const answer = await request(this.now?.id === bed.id ? this.now : bed);
        this.#pending -= 1;
        this.#turns += 1;
        // While something else is still asked for, the page is ahead of the server.
        if (this.#pending > 0 || this.now?.id !== bed.id) return true;
        if (answer !== undefined) this.take(answer);
        // What another tab did in the meantime was told while this was asked for. Nobody waits for it.
        if (answer === undefined || this.#heard > this.#revision) this.#reloadSoon();
        return true;
      } catch (thrown) {
        this.#pending -= 1;
        this.#turns += 1;
        this.#unstored.push(...written);
        fail(
          thrown,
          this.#unstored.length > 0 ? { words: "Copy what you wrote", run: this.#copy } : undefined,
        );
        if (this.now?.id !== bed.id) return false;
        if (this.#solid?.id === bed.id) this.now = this.#solid; // as the server had it last
        await this.reload();
        return false;
      }
    });
    this.#asked = asked;
    return asked;
  }

  /** Shows a step that was done here. */
  show(step: (bed: Bed) => Bed): void {
    const before = this.now;
    if (before === undefined) return;
    const after = { ...step(before), undo: "", redo: null }; // what undoing would take back, the server says
    this.#steps = [...this.#steps, { before, after }].slice(-MOST_STEPS);
    this.now = after;
  }

  /** Asks for the last step to be undone; shows that at once where nothing else has happened in the bed since. */
  undo(request: Request): Promise<boolean> {
    const { now } = this;
    const last = this.#steps.at(-1);
    const isLast = now !== undefined && last !== undefined && looks(now) === looks(last.after);
    const earlier = isLast ? this.#steps.slice(0, -1) : [];
    if (isLast) this.now = { ...last.before, redo: now.undo, running: now.running, revision: now.revision };
    const asked = this.ask(request);
    this.#steps = earlier;
    return asked;
  }

  readonly #copy = (): void => {
    const words = this.#unstored.join("\n---\n");
    void navigator.clipboard.writeText(words).then(() => (this.#unstored = []), fail);
  };

  /** Waits until all that was done is on the server. Who waits for that asks for the bed later. */
  async settled(): Promise<void> {
    await this.#asked;
    clearTimeout(this.#soon);
  }

  #reloadSoon(): void {
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => void this.reload(), CALM);
  }

  /** Asks for the bed anew; what is still being asked shows it anew by itself. */
  reload(): Promise<void> {
    clearTimeout(this.#soon);
    this.#wanted = true;
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  /** Hears that the bed has changed, here or elsewhere; looks at it if that is news. */
  hear({ revision, name }: Changed, { anyway = false } = {}): void {
    this.#heard = revision;
    const news = anyway || revision > this.#revision || name !== this.now?.name;
    if (news && this.#pending === 0) this.#reloadSoon();
  }

  /** Looks once for all who want it at the moment, and again for those who came in between. */
  async #look(): Promise<void> {
    while (this.#wanted) {
      this.#wanted = false;
      const id = this.now?.id;
      if (id === undefined) return;
      const turns = this.#turns;
      try {
        const bed = await fetchBed(id);
        // What was asked for meanwhile shows the bed anew by itself, or has it fetched once more.
        if (this.now?.id === id && this.#pending === 0 && this.#turns === turns) this.take(bed);
      } catch (thrown) {
        fail(thrown);
      }
    }
  }

  clear(): void {
    clearTimeout(this.#soon);
    this.now = this.#solid = undefined;
    this.#steps = [];
    this.#revision = this.#heard = 0;
  }
}

export function fetchBed(id: number): Promise<Bed> {
  return got(api.GET("/api/beds/{bed_id}", { params: { path: { bed_id: id } } }));
}
