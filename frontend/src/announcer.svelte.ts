/** What a screen reader is told of what arrives. Announcer.svelte says it; App.svelte holds one of them. */

class Announcements {
  /** Two places, used in turn, so that the same words twice are two changes. */
  places = $state<[string, string]>(["", ""]);
  #turn: 0 | 1 = 0;
  #waiting: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Words that come within a quarter of a second are said together: six poems do not interrupt each other. */
  announce(words: string): void {
    this.#waiting.push(words);
    this.#timer ??= setTimeout(() => this.#say(), 250);
  }

  #say(): void {
    this.#timer = undefined;
    this.#turn = this.#turn === 0 ? 1 : 0;
    const said = this.#waiting.splice(0).join(" ");
    this.places = this.#turn === 0 ? [said, ""] : ["", said];
  }
}

export const announcements = new Announcements();

/** Tells a screen reader, when it is done with what it is saying. */
export function announce(words: string): void {
  announcements.announce(words);
}
