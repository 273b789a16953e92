/** The family that is looked at, the text of it that is looked at, and what can be done with that. */

import { announce } from "../announcer.svelte";
import { api, got } from "../api/client";
import { fail, tell } from "../notices.svelte";
import { bedPath, router } from "../router.svelte";
import { toggle } from "../library/actions";
import { bed } from "../state/bed.svelte";
import type { Text } from "../state/types";
import { setTitle } from "../title.svelte";
import type { Drawing } from "./drawing";
import { count } from "../words";
import { cardOf, Kin, type Way } from "./kin";
import { Walk, type Step } from "./walk";

/** A held arrow passes over texts without asking for each of them. */
const REST = 120;

export class View {
  kin = $state.raw<Kin>();
  /** The text that is looked at. */
  at = $state<number>();
  /** The same in full, once it is there. */
  text = $state.raw<Text>();
  /** Whether the panel with it is open. */
  open = $state(false);
  /** Whether one is asked how to breed from it. */
  breeding = $state(false);
  state = $state<"loading" | "there" | "none" | "failed">("loading");
  /** Whether chains that only showed the form are of the family too. */
  examples = $state(false);
  /** Whether a round stands in a pile until it is opened. */
  folded = $state(true);
  drawing: Drawing | undefined;

  #walk: Walk | undefined;
  #asked = "";
  /** The broods whose piles were opened, of this family. */
  #unfolded: readonly number[] = [];
  #known = new Map<number, Text>();
  #rest: ReturnType<typeof setTimeout> | undefined;

  /** Shows the family of a text; without one, that of the text that was kept last. */
  async load(id: number | undefined, way: Way, examples: boolean, folded: boolean): Promise<void> {
    const asked = `${id} ${way} ${examples} ${folded}`;
    if (asked === this.#asked) return;
    this.#unfolded = [];
    await this.#load(asked, id, { way, examples, folded });
  }

  /** Shows all texts of the round of a pile. */
  async unfold(id: number): Promise<void> {
    const { kin } = this;
    const brood = kin?.texts.get(id)?.brood;
    if (kin === undefined || brood == null) return;
    this.#unfolded = [...this.#unfolded, brood];
    const { examples, folded } = this;
    await this.#load(this.#asked, kin.root, { way: kin.way, examples, folded });
    announce(`Its round is open: ${count(this.kin?.texts.size ?? 0, "text")} in view.`);
  }

  async #load(
    asked: string,
    id: number | undefined,
    how: { readonly way: Way; readonly examples: boolean; readonly folded: boolean },
  ): Promise<void> {
    this.#asked = asked;
    this.examples = how.examples;
    this.folded = how.folded;
    try {
      const root = id ?? (await got(api.GET("/api/lineage/last"))).id;
      if (root === null) {
        if (this.#asked === asked) this.state = "none";
        return;
      }
      const query = { ...how, ...(this.#unfolded.length > 0 ? { unfold: [...this.#unfolded] } : {}) };
      const params = { path: { text_id: root }, query };
      const family = await got(api.GET("/api/texts/{text_id}/family", { params }));
      if (this.#asked === asked) this.#take(new Kin(family));
    } catch (thrown) {
      if (this.#asked !== asked) return;
      this.state = "failed";
      this.#asked = "";
      fail(thrown);
    }
  }

  #take(kin: Kin): void {
    const stays = this.at !== undefined && this.kin?.root === kin.root && kin.texts.has(this.at);
    this.#walk = new Walk(kin);
    this.kin = kin;
    this.state = "there";
    const name = kin.texts.get(kin.root)?.name ?? "";
    setTitle(`Lineage of “${name}”`);
    announce(`The family of “${name}”: ${count(kin.count, "text")}.`);
    this.look(stays ? this.at! : kin.root, false);
  }

  /** Reads a text in the panel; where it stands before the rest of its round, that is opened too. */
  read(id: number): void {
    this.look(id);
    if (this.kin?.texts.get(id)?.behind.length) void this.unfold(id);
  }

  /** Looks at a text; with `open`, in the panel. */
  look(id: number, open = true): void {
    if (!this.kin?.texts.has(id)) return;
    this.at = id;
    if (open) this.open = true;
    this.drawing?.look(id);
    clearTimeout(this.#rest);
    const known = this.#known.get(id);
    if (known) this.text = known;
    else this.#rest = setTimeout(() => void this.#fetch(id), this.text === undefined ? 0 : REST);
  }

  /** Nothing is asked any more. */
  leave(): void {
    this.#asked = "left";
    clearTimeout(this.#rest);
  }

  move(step: Step): void {
    const to = this.at === undefined ? undefined : this.#walk?.to(step, this.at);
    if (to === undefined) return;
    this.look(to, false);
    const text = this.kin!.texts.get(to)!;
    announce(`${cardOf(text)}. ${text.by}. ${this.kin!.nameOf(text.layer)}.`);
  }

  /** Asks how to breed from the text that is looked at. */
  async breed(): Promise<void> {
    if ((await this.#full()) !== undefined) this.breeding = true;
  }

  async copy(): Promise<void> {
    const text = await this.#full();
    if (text === undefined) return;
    try {
      await navigator.clipboard.writeText(text.content);
      tell("Copied.");
      announce("Copied.");
    } catch (thrown) {
      fail(thrown);
    }
  }

  /** Gives the text a mark, or takes it back. */
  async mark(kind: "keep" | "away"): Promise<void> {
    const text = await this.#full();
    if (text === undefined) return;
    await toggle(kind, async () => {
      await this.#fetch(text.id); // as it is once the presses before are done
      return [this.#known.get(text.id) ?? text];
    });
    this.#known.delete(text.id);
    await this.#fetch(text.id);
  }

  async refine(): Promise<void> {
    const id = this.at;
    if (id === undefined) return;
    await bed.openLast();
    if (bed.now === undefined) return;
    await bed.refine(id);
    router.go("/refine");
  }

  /** Begins a bed with the text, or with its parents and it as the best of them. */
  async beginBed(parents: readonly number[]): Promise<void> {
    try {
      const begun = await got(api.POST("/api/beds", { body: { parents: [...parents] } }));
      await this.#breedIn(begun.id, `A new bed, “${begun.name}”.`);
    } catch (thrown) {
      fail(thrown);
    }
  }

  /** Puts the text at the end of the parents of the bed that is open. */
  async joinBed(): Promise<void> {
    const text = await this.#full();
    await bed.openLast();
    if (text === undefined || bed.now === undefined) return;
    const others = bed.now.parents.filter((each) => each.id !== text.id);
    bed.setParents([...others, text]);
    await this.#breedIn(bed.now.id, "It is the last of the parents.");
  }

  async #breedIn(id: number, words: string): Promise<void> {
    this.breeding = false;
    await bed.open(id);
    tell(words);
    announce(words);
    router.go(bedPath(id));
  }

  /** The text that is looked at, fetched at once if a key asks for it while an arrow has only just come to it. */
  async #full(): Promise<Text | undefined> {
    const id = this.at;
    if (id !== undefined && this.text?.id !== id) {
      clearTimeout(this.#rest);
      await this.#fetch(id);
    }
    return this.text?.id === id ? this.text : undefined;
  }

  async #fetch(id: number): Promise<void> {
    try {
      const params = { path: { text_id: id } };
      const text = await got(api.GET("/api/texts/{text_id}", { params }));
      this.#known.set(id, text);
      if (this.at === id) this.text = text;
    } catch (thrown) {
      fail(thrown);
    }
  }
}

/** The numbers of the texts that a text was bred from, without those that only showed the form. */
export function parentsOf(text: Text): number[] {
  return [...new Set(text.origin.parents.slice(text.origin.examples))].filter((id) => id > 0);
}
