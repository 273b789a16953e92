/**
 * What a text has changed of another one, word by word. The server compares; what it has said of an edit or a
 * refinement comes with the text, and any other pair is asked for once.
 */

import { SvelteMap } from "svelte/reactivity";

import { api, got } from "../api/client";
import type { Change, Text } from "./types";

/** A text to compare with. */
export type Base = Pick<Text, "id" | "content">;

const known = new SvelteMap<string, readonly Change[]>();
const requested = new Set<string>();

/** Gives the changes from `before` to `text`; undefined while they are not known. */
export function changesOf(text: Text, before: Base): readonly Change[] | undefined {
  if (text.changes !== null && isFrom(text.changes, before.content)) return text.changes;
  if (text.content === before.content) return [{ kind: "same", text: text.content }];
  if (text.id === 0 || before.id === 0) return undefined;
  const key = `${text.id} ${before.id}`;
  const changes = known.get(key);
  if (changes === undefined && !requested.has(key)) void request(key, text.id, before.id);
  return changes;
}

/** Whether these are changes of this earlier text: what stayed and what went gives it again. */
export function isFrom(changes: readonly Change[], before: string): boolean {
  const kept = changes.filter((change) => change.kind !== "new");
  return kept.map((change) => change.text).join("") === before;
}

async function request(key: string, text: number, to: number): Promise<void> {
  requested.add(key);
  try {
    const params = { path: { text_id: text }, query: { to } };
    known.set(key, (await got(api.GET("/api/texts/{text_id}/diff", { params }))).changes);
  } catch {
    requested.delete(key); // shown without marks, and asked for again when it is looked at again
  }
}
