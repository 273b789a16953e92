/** The text whose page is open, and what is done with it. */

import { announce } from "../announcer.svelte";
import { api, got } from "../api/client";
import { keepKeys } from "../keys";
import { fail } from "../notices.svelte";
import { router } from "../router.svelte";
import { bed } from "../state/bed.svelte";
import type { Mark, Text } from "../state/types";
import { shelve, tag, textsOf, toggle } from "./actions";
import { selection } from "./selection.svelte";
import { finding } from "./finding.svelte";
import { ofText, type Echo, type TextPage, type Thing } from "./types";

class OpenText {
  page = $state.raw<TextPage>();
  echoes = $state.raw<readonly Echo[]>();
  missing = $state(false);
  editing = $state(false);
  sheet = $state<"tag" | "shelf">();
  #id = 0;

  /** As it is now: the list of the selection has it, so that all acts and their undoing reach it. */
  readonly text: Text | undefined = $derived(selection.things[0]?.text ?? this.page?.text);
  readonly isParent: boolean = $derived(this.text !== undefined && bed.parentIds.has(this.text.id));

  get things(): readonly Thing[] {
    return this.text === undefined ? [] : [ofText(this.text)];
  }

  async open(id: number, { edit = false } = {}): Promise<void> {
    this.#id = id;
    this.page = undefined;
    this.echoes = undefined;
    this.missing = false;
    this.editing = false;
    selection.clear();
    if (!Number.isSafeInteger(id) || id < 1) {
      this.missing = true;
      return;
    }
    void bed.openLast();
    void finding.lists();
    await keepKeys(this.load());
    if (this.missing || this.#id !== id) return;
    this.editing = edit;
    try {
      const echoes = await got(api.GET("/api/texts/{text_id}/echoes", { params: { path: { text_id: id } } }));
      if (this.#id === id) this.echoes = echoes;
    } catch (thrown) {
      fail(thrown);
    }
  }

  /** Looks at it anew. */
  async load(): Promise<void> {
    const id = this.#id;
    try {
      const page = await got(api.GET("/api/texts/{text_id}/page", { params: { path: { text_id: id } } }));
      if (this.#id !== id) return;
      this.page = page;
      selection.things = [ofText(page.text)];
      selection.current = selection.things[0]?.key;
    } catch (thrown) {
      this.missing = true;
      fail(thrown);
    }
  }

  toggle(kind: Mark): void {
    const { things } = this;
    if (things.length > 0) void toggle(kind, () => textsOf(selection.now(things)));
  }

  async toggleParent(): Promise<void> {
    const text = this.text;
    if (text === undefined) return;
    await bed.openLast();
    const on = !bed.parentIds.has(text.id);
    bed.toggleParent(text);
    announce(on ? "A parent, the last and best." : "No longer a parent.");
  }

  async tag(label: string, on = true): Promise<void> {
    await tag(label, this.things, on);
  }

  async shelve(name: string): Promise<void> {
    await shelve(name, this.things);
    await this.load();
  }

  /** Stores an edit as a new text, and goes to its page; gives it, or nothing where that failed. */
  async store(content: string): Promise<Text | undefined> {
    const text = this.text;
    this.editing = false;
    if (text === undefined || content === text.content) return undefined;
    try {
      const params = { path: { text_id: text.id } };
      const edit = await got(api.POST("/api/texts/{text_id}/edits", { params, body: { content } }));
      router.go(`/texts/${edit.id}`);
      return edit;
    } catch (thrown) {
      this.editing = true;
      fail(thrown);
      return undefined;
    }
  }
}

export const open = new OpenText();
