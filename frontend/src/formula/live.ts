/** What plays a text, asked of the server once: its shader or its tape, with its numbers as inputs where they are to be moved. */

import { api, got, type components } from "../api/client";
import { addressOf, type Located } from "./showing.svelte";

export type Live = components["schemas"]["LiveBody"];
export type TextNumber = components["schemas"]["NumberBody"];
export type Tape = components["schemas"]["TapeBody"];

const MOST = 300;
const known = new Map<string, Promise<Live>>();

/** Gives what plays a text. Throws a Problem where nothing does. */
export function liveOf(text: Located, numbers = false): Promise<Live> {
  const key = `${addressOf(text)} ${numbers}`;
  const there = known.get(key);
  if (there) return there;
  const { id, place } = text;
  const query = { numbers };
  const asked = got(
    place
      ? api.GET("/api/collections/{name}/items/{index}/live", { params: { path: place, query } })
      : api.GET("/api/texts/{text_id}/live", { params: { path: { text_id: id }, query } }),
  );
  known.set(key, asked);
  asked.catch(() => known.delete(key));
  const oldest = known.keys().next().value;
  if (known.size > MOST && oldest !== undefined) known.delete(oldest);
  return asked;
}
