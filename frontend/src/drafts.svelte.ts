/**
 * What a person has typed and not stored yet. It outlasts Esc, a reload, a closed browser, and is the same in
 * all tabs; it ends when it is stored, or thrown away, which can be undone.
 *
 * A draft belongs to a place, as "edit:12" or "start:3", and to the words that it began from: another garden
 * behind the same address has other words there, and does not take the draft up.
 */

import { SvelteMap } from "svelte/reactivity";

import { tell } from "./notices.svelte";

interface Draft {
  readonly from: string;
  readonly words: string;
}

const PREFIX = "draft ";
/** More are not kept: the oldest go. */
const MOST = 200;

class Drafts {
  readonly #all = new SvelteMap<string, Draft>(stored());

  constructor() {
    addEventListener("storage", ({ key, newValue }) => {
      if (key === null) this.#all.clear();
      if (!key?.startsWith(PREFIX)) return;
      const draft = parsed(newValue);
      const place = key.slice(PREFIX.length);
      if (draft === undefined) this.#all.delete(place);
      else this.#all.set(place, draft);
    });
  }

  /** What was typed at a place, if anything that differs from what it began `from`. */
  of(place: string, from = ""): string | undefined {
    const draft = this.#all.get(place);
    return draft?.from === from ? draft.words : undefined;
  }

  /** Keeps what is typed at a place; nothing where it is what it began from. */
  write(place: string, words: string, from = ""): void {
    if (words === from) return this.forget(place);
    this.#all.delete(place); // so that the newest stands last
    this.#all.set(place, { from, words });
    save(place, { from, words });
    for (const oldest of [...this.#all.keys()].slice(0, -MOST)) this.forget(oldest);
  }

  /** Ends a draft: it is what was there before. */
  forget(place: string): void {
    this.#all.delete(place);
    save(place, undefined);
  }

  /** Ends a draft whose words were stored; what was typed since then stays. */
  stored(place: string, words: string): void {
    if (this.#all.get(place)?.words === words) this.forget(place);
  }

  /** Throws a draft away, and offers to bring it back. */
  throwAway(place: string): void {
    const draft = this.#all.get(place);
    if (draft === undefined) return;
    this.forget(place);
    tell("The draft was thrown away.", () => this.write(place, draft.words, draft.from));
  }
}

function stored(): [string, Draft][] {
  try {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(PREFIX))
      .flatMap((key) => {
        const draft = parsed(localStorage.getItem(key));
        return draft === undefined ? [] : [[key.slice(PREFIX.length), draft]];
      });
  } catch {
    return [];
  }
}

function parsed(json: string | null): Draft | undefined {
  try {
    const draft: unknown = JSON.parse(json ?? "null");
    if (typeof draft !== "object" || draft === null || !("from" in draft) || !("words" in draft))
      return undefined;
    const { from, words } = draft;
    return typeof from === "string" && typeof words === "string" ? { from, words } : undefined;
  } catch {
    return undefined;
  }
}

function save(place: string, draft: Draft | undefined): void {
  try {
    if (draft === undefined) localStorage.removeItem(PREFIX + place);
    else localStorage.setItem(PREFIX + place, JSON.stringify(draft));
  } catch {
    // Storage is forbidden or full: the draft lasts as long as the page.
  }
}

export const drafts = new Drafts();
