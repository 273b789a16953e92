/** The finished text that is looked at: its page as the server gives it, and its title. */

import { announce } from "../announcer.svelte";
import { api, got } from "../api/client";
import { drafts } from "../drafts.svelte";
import { keepKeys } from "../keys";
import type { TextPage } from "../library/types";
import { fail } from "../notices.svelte";
import { bed } from "../state/bed.svelte";
import type { Text } from "../state/types";

class Finished {
  page = $state.raw<TextPage>();
  missing = $state(false);
  #id = 0;

  readonly text: Text | undefined = $derived(this.page?.text);
  readonly isParent: boolean = $derived(this.text !== undefined && bed.parentIds.has(this.text.id));

  async open(id: number): Promise<void> {
    this.#id = id;
    this.page = undefined;
    this.missing = !Number.isSafeInteger(id) || id < 1;
    if (this.missing) return;
    void bed.openLast();
    await keepKeys(this.load());
  }

  async load(): Promise<void> {
    const id = this.#id;
    try {
      const page = await got(api.GET("/api/texts/{text_id}/page", { params: { path: { text_id: id } } }));
      if (this.#id === id) this.page = page;
    } catch (thrown) {
      this.missing = true;
      fail(thrown);
    }
  }

  /** Calls the text something; what cannot be stored stays a draft. */
  async entitle(title: string): Promise<void> {
    const page = this.page;
    if (page === undefined || title.trim() === page.text.named) return;
    try {
      const params = { path: { text_id: page.text.id } };
      const body = { title, ...(bed.now === undefined ? {} : { bed: bed.now.id }) };
      const text = await got(api.PUT("/api/texts/{text_id}/title", { params, body }));
      drafts.stored(titlePlace(text.id), title);
      if (this.page?.text.id !== text.id) return;
      this.page = { ...this.page, text: { ...this.page.text, title: text.title, named: text.named } };
      announce(text.named === "" ? "No title." : `The title is “${text.named}”.`);
      void bed.look();
    } catch (thrown) {
      fail(thrown);
    }
  }
}

/** Where the draft of a title is kept. */
export function titlePlace(id: number): string {
  return `title:${id}`;
}

/** The text as it is copied: under its title, if it has one. */
export function entitled({ named, content }: Pick<Text, "named" | "content">): string {
  return named === "" ? content : `${named}\n\n${content}`;
}

export const finished = new Finished();
