/** Where a person is in a list of the library: which text keys act on, and which are chosen. */

import { SvelteMap } from "svelte/reactivity";

import { announce } from "../announcer.svelte";
import type { Text } from "../state/types";
import { between } from "./choosing";
import type { Thing } from "./types";

export type Sheet = "tag" | "shelf" | "import" | "book" | "export";

class Selection {
  /** All that is listed, in its order. */
  things = $state.raw<readonly Thing[]>([]);
  /** The one that keys act on. */
  current = $state<string>();
  /** Those that are chosen, also when the list has gone on without them. */
  readonly chosen = new SvelteMap<string, Thing>();
  /** The dialog that is open. */
  sheet = $state<Sheet>();
  /** A file that was dropped on the page. */
  dropped = $state.raw<File>();
  #anchor: string | undefined;
  /** The list that was left, to find it again by the browser's way back. */
  #left:
    | {
        readonly query: string;
        readonly things: readonly Thing[];
        readonly current?: string;
        readonly more: boolean;
      }
    | undefined;
  /** How many acts were taken back since the page was loaded. */
  undone = $state(0);
  #undo = $state.raw<readonly (() => unknown)[]>([]);

  /** What is acted on: those that are chosen, or else the one where the focus is. */
  readonly acting: readonly Thing[] = $derived.by(() => {
    if (this.chosen.size > 0) return [...this.chosen.values()];
    const here = this.things.find((thing) => thing.key === this.current);
    return here === undefined ? [] : [here];
  });
  readonly canUndo: boolean = $derived(this.#undo.length > 0);

  /** Begins anew, for another list. */
  clear(): void {
    this.things = [];
    this.current = undefined;
    this.chosen.clear();
    this.#anchor = undefined;
  }

  /** Remembers the list as it is left. */
  leave(query: string, more: boolean): void {
    this.#left = { query, things: this.things, current: this.current, more };
  }

  /** Takes up the list that was left, when it is of the same query; says whether there is more of it. */
  comeBack(query: string): { readonly more: boolean } | undefined {
    const left = this.#left;
    if (left?.query !== query || left.things.length === 0) return undefined;
    this.things = left.things;
    this.current = left.current;
    return left;
  }

  toggle(key: string): void {
    const thing = this.things.find((each) => each.key === key);
    if (thing === undefined) return;
    this.#anchor = key;
    this.current = key;
    if (!this.chosen.delete(key)) this.chosen.set(key, thing);
    this.#say();
  }

  /** Chooses all from the last one that was chosen to this one. */
  extend(key: string): void {
    const keys = this.things.map((thing) => thing.key);
    const range = new Set(between(keys, this.#anchor ?? this.current, key));
    for (const thing of this.things) if (range.has(thing.key)) this.chosen.set(thing.key, thing);
    this.current = key;
    this.#say();
  }

  all(): void {
    for (const thing of this.things) this.chosen.set(thing.key, thing);
    this.#say();
  }

  none(): void {
    this.chosen.clear();
    announce("Nothing is chosen.");
  }

  /** Moves to the next or the one before; with `extending`, chooses on the way. */
  step(by: 1 | -1, extending = false): void {
    const here = this.things.findIndex((thing) => thing.key === this.current);
    const next = this.things[here < 0 ? 0 : here + by];
    if (next === undefined) return;
    this.#anchor ??= this.current;
    if (extending) this.extend(next.key);
    else this.#anchor = undefined;
    this.current = next.key;
    this.focus();
  }

  focus(): void {
    const card = document.querySelector<HTMLElement>(`[data-thing="${CSS.escape(this.current ?? "")}"]`);
    card?.focus({ preventScroll: true });
    card?.scrollIntoView({ block: "nearest" });
  }

  /** Takes texts as they are now; those under another number than before are put in their place. */
  take(texts: readonly Text[]): void {
    const now = new Map(texts.map((text) => [text.id, text]));
    const renewed = (thing: Thing): Thing => {
      const text = now.get(thing.text.id);
      return text === undefined ? thing : { ...thing, text };
    };
    this.things = this.things.map(renewed);
    if (this.#left) this.#left = { ...this.#left, things: this.#left.things.map(renewed) };
    for (const [key, thing] of this.chosen) this.chosen.set(key, renewed(thing));
  }

  /** Gives things as they are now. */
  now(things: readonly Thing[]): Thing[] {
    const listed = new Map([...this.chosen.values(), ...this.things].map((thing) => [thing.key, thing]));
    return things.map((thing) => listed.get(thing.key) ?? thing);
  }

  /** What ships has its number now. */
  number(numbered: ReadonlyMap<string, Text>): void {
    const renewed = (thing: Thing): Thing => ({ ...thing, text: numbered.get(thing.key) ?? thing.text });
    this.things = this.things.map(renewed);
    for (const [key, thing] of this.chosen) this.chosen.set(key, renewed(thing));
  }

  /** Takes things off the list. */
  without(keys: readonly string[]): void {
    this.things = this.things.filter((thing) => !keys.includes(thing.key));
    for (const key of keys) this.chosen.delete(key);
    if (this.current !== undefined && keys.includes(this.current)) this.current = this.things[0]?.key;
  }

  /** Remembers how to take back what was just done. */
  did(undo: () => unknown): void {
    this.#undo = [...this.#undo.slice(-19), undo];
  }

  /** Takes back what was done last, or one thing that is named by how it is taken back. */
  undo(one = this.#undo.at(-1)): void {
    if (one === undefined || !this.#undo.includes(one)) return; // it was taken back already
    this.#undo = this.#undo.filter((each) => each !== one);
    void one();
  }

  #say(): void {
    announce(this.chosen.size === 0 ? "Nothing is chosen." : `${this.chosen.size} chosen.`);
  }
}

export const selection = new Selection();
