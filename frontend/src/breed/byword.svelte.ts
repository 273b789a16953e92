/**
 * One word at a time: in which text a person goes from word to word, what else is likely in a place, and what
 * is done with it. The words that a model gives, and whose they are, is for the server to say.
 */

import { tick } from "svelte";

import { announce } from "../announcer.svelte";
import { api, got, isAbort } from "../api/client";
import { openLayer, type Action } from "../keys";
import { Problem } from "../api/problem";
import { bed } from "../state/bed.svelte";
import { effect } from "../state/effect.svelte";
import type { OtherWords, Regrown, Text } from "../state/types";
import { cursor } from "./cursor.svelte";

/** As the server finds them: letters and digits, with apostrophes between. */
const WORDS = /[\p{L}\p{N}_]+(?:['’][\p{L}\p{N}_]+)*/gu;

/** Where each word of a text begins and ends, in units of a string. */
export function wordPlaces(content: string): readonly (readonly [number, number])[] {
  return [...content.matchAll(WORDS)].map((found) => [found.index, found.index + found[0].length]);
}

/** A place in a string, in characters as the server counts them. */
export function counted(content: string, at: number): number {
  return [...content.slice(0, at)].length;
}

/** A probability as one reads it: "24 %", "0.8 %", "< 0.1 %". */
export function percent(probability: number): string {
  const share = 100 * probability;
  if (share < 0.1) return "< 0.1 %";
  return `${share < 10 ? share.toFixed(1) : Math.round(share)} %`;
}

class ByWord {
  /** The text in which a person is; undefined for none. */
  text = $state.raw<Text>();
  /** Which of its words is the current one, from 0. */
  at = $state(0);
  /** What else is likely in its place; undefined before it is known. */
  found = $state.raw<OtherWords>();
  /** Why that cannot be told. */
  problem = $state.raw<Problem>();
  /** Whether the other words are shown. */
  isOpen = $state(false);
  /** Which of them is the current one, from 0. */
  choice = $state(0);

  readonly places = $derived(wordPlaces(this.text?.content ?? ""));
  readonly others = $derived(this.found?.others ?? []);
  #closeLayer: (() => void) | undefined;
  #asking: AbortController | undefined;

  /** Goes into a text, to its first word or the one that is named. */
  enter(text: Text, at = 0): void {
    if (wordPlaces(text.content).length === 0) return;
    this.#closeLayer?.();
    this.#closeLayer = openLayer("words");
    this.close();
    this.text = text;
    this.go(at);
    announce("Word by word. The arrows move, Enter shows other words, Esc leaves.");
  }

  leave(): void {
    if (this.text === undefined) return;
    this.close();
    this.text = undefined;
    this.#closeLayer?.();
    this.#closeLayer = undefined;
    cursor.focus();
  }

  go(at: number): void {
    this.close();
    this.at = Math.min(Math.max(at, 0), this.places.length - 1);
    void tick().then(() => this.element()?.focus({ preventScroll: false }));
  }

  /** Goes to the word above or below, by where they stand on the page. */
  line(by: 1 | -1): void {
    const from = this.element()?.getBoundingClientRect();
    if (from === undefined) return;
    const others = [...document.querySelectorAll<HTMLElement>("[data-word]")];
    const away = (box: DOMRect): number => by * (box.top - from.top);
    const beyond = others.filter((each) => away(each.getBoundingClientRect()) > from.height / 2);
    const near = Math.min(...beyond.map((each) => away(each.getBoundingClientRect())));
    const line = beyond.filter((each) => away(each.getBoundingClientRect()) < near + from.height / 2);
    const off = (each: HTMLElement): number => Math.abs(each.getBoundingClientRect().left - from.left);
    const best = line.sort((a, b) => off(a) - off(b))[0];
    if (best !== undefined) this.go(Number(best.dataset["word"]));
  }

  /** The element of the current word. */
  element(): HTMLElement | null {
    return document.querySelector<HTMLElement>(`[data-word="${this.at}"]`);
  }

  /** Shows what else is likely in the place of the current word, unless the model is being asked already. */
  async look(): Promise<void> {
    const text = this.text;
    const place = this.places[this.at];
    const isAsking = this.isOpen && this.found === undefined && this.problem === undefined;
    if (text === undefined || place === undefined || isAsking) return;
    this.close();
    this.isOpen = true;
    const asking = new AbortController();
    this.#asking = asking;
    const { signal } = asking;
    try {
      const query = {
        at: counted(text.content, place[0]),
        ...(bed.now === undefined ? {} : { bed: bed.now.id }),
      };
      const params = { path: { text_id: text.id }, query };
      const found = await got(api.GET("/api/texts/{text_id}/words", { params, signal }));
      if (signal.aborted) return;
      this.found = found;
      const likeliest = found.others[0];
      announce(
        likeliest === undefined
          ? "No other word is known to be likely there."
          : `${found.others.length} other words. ${likeliest.text}, ${percent(likeliest.probability)}.`,
      );
    } catch (thrown) {
      if (signal.aborted || isAbort(thrown)) return;
      this.problem = thrown instanceof Problem ? thrown : new Problem({ title: String(thrown) });
      announce(this.problem.message);
    }
  }

  close(): void {
    this.#asking?.abort();
    this.#asking = undefined;
    this.isOpen = false;
    this.found = undefined;
    this.problem = undefined;
    this.choice = 0;
  }

  move(by: 1 | -1): void {
    const last = this.others.length - 1;
    this.choice = Math.min(Math.max(this.choice + by, 0), Math.max(last, 0));
    const word = this.others[this.choice];
    if (word) announce(`${word.text}, ${percent(word.probability)}`);
  }

  /** Puts a word into the place of the current one. */
  async put(word: string | undefined): Promise<void> {
    const text = this.text;
    const place = this.places[this.at];
    if (text === undefined || place === undefined || word === undefined || word.trim() === "") return;
    this.close();
    const edit = await bed.putWord(text, counted(text.content, place[0]), word.trim());
    if (edit === undefined || this.text?.id !== text.id) return;
    this.text = edit;
    effect.show(edit, "changed");
    announce(`Changed to “${word.trim()}”. z takes it back.`);
    this.go(this.at);
  }

  /** What to grow anew: all from the current word on, or from behind one that takes its place. */
  regrown(word?: string): Regrown | undefined {
    const text = this.text;
    const place = this.places[this.at];
    if (text === undefined || place === undefined) return undefined;
    const at = counted(text.content, place[0]);
    if (text.content.slice(0, place[0]).trim() === "" && word === undefined) return undefined;
    return { text: text.id, at, word: word ?? null };
  }
}

export const byWord = new ByWord();

/** The keys of this mode; `regrow` breeds. They belong to its own layers, so that the page's own keys rest. */
export function byWordActs(regrow: (what: Regrown) => void): readonly Action[] {
  const grow = (word?: string): void => {
    const what = byWord.regrown(word);
    if (what === undefined) return;
    byWord.leave();
    regrow(what);
  };
  const chosen = (): string | undefined => byWord.others[byWord.choice]?.text;
  const shown = (): boolean => byWord.isOpen && byWord.others.length > 0;
  const act = (id: string, keys: string | string[], words: string, run: () => void): Action => ({
    ...{ id: `words.${id}`, keys, words, scope: "Word by word", layer: "words", run },
    enabled: () => byWord.text !== undefined,
  });
  return [
    { ...act("back", "ArrowLeft", "The word before", () => byWord.go(byWord.at - 1)), repeats: true },
    { ...act("next", "ArrowRight", "The next word", () => byWord.go(byWord.at + 1)), repeats: true },
    {
      ...act("up", "ArrowUp", "The line above; among other words, the one before", () =>
        byWord.isOpen ? byWord.move(-1) : byWord.line(-1),
      ),
      repeats: true,
    },
    {
      ...act("down", "ArrowDown", "The line below; among other words, the next one", () =>
        byWord.isOpen ? byWord.move(1) : byWord.line(1),
      ),
      repeats: true,
    },
    act("look", ["Enter", "Space"], "Other words that are likely there; then, put this one there", () =>
      shown() ? void byWord.put(chosen()) : void byWord.look(),
    ),
    {
      ...act("regrow", "a", "Grow anew from this word on, or from behind the one that was chosen", () =>
        grow(shown() ? chosen() : undefined),
      ),
      enabled: () => bed.coming === undefined && byWord.regrown(shown() ? chosen() : undefined) !== undefined,
    },
    {
      ...act("edit", "e", "Write another word there", () =>
        document.querySelector<HTMLElement>("#own-word")?.focus(),
      ),
      enabled: () => byWord.isOpen,
    },
    act("leave", "Escape", "Leave the words", () => byWord.leave()),
  ];
}
