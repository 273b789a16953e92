/**
 * What a person has typed and not stored yet. It outlasts Esc, a reload, a closed browser, and is the same in
 * all tabs; it ends when it is stored, or thrown away, which can be undone.
 *
 * A draft belongs to a place, as "edit:12" or "start:3", and to the words that it began from: another garden
 * behind the same address has other words there, and does not take the draft up.
 */

import { tell } from "./notices.svelte";
import { StoredMap } from "./storedmap.svelte";

interface Draft {
  readonly from: string;
  readonly words: string;
}

const MOST = 200;

class Drafts {
  readonly #all = new StoredMap<Draft>("draft ", MOST, isDraft);

  /** What was typed at a place, if anything that differs from what it began `from`. */
  of(place: string, from = ""): string | undefined {
    const draft = this.#all.get(place);
    return draft?.from === from ? draft.words : undefined;
  }

  /** Keeps what is typed at a place; nothing where it is what it began from. */
  write(place: string, words: string, from = ""): void {
    if (words === from) this.forget(place);
    else this.#all.set(place, { from, words });
  }

  /** Ends a draft: it is what was there before. */
  forget(place: string): void {
    this.#all.delete(place);
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

function isDraft(found: unknown): found is Draft {
  return (
    typeof found === "object" &&
    found !== null &&
    "from" in found &&
    "words" in found &&
    typeof found.from === "string" &&
    typeof found.words === "string"
  );
}

export const drafts = new Drafts();
