/**
 * The server's JSON, typed by openapi.json (`npm run types`).
 *
 *     const text = await got(api.GET("/api/texts/{id}", { params: { path: { id } } }));
 *
 * gives the typed body, or throws a Problem.
 */

import createClient from "openapi-fetch";

import { answered } from "../notices.svelte";
import { asProblem, isAbort, problemOf } from "./problem";
import type { paths } from "./schema";

export { Problem, asProblem, isAbort } from "./problem";
export type { components, paths } from "./schema";

export const api = createClient<paths>({
  baseUrl: location.origin,
  headers: { accept: "application/json" },
  // Asked for at each call, not once: what stands in for fetch later is used too.
  fetch: (request) => fetch(request),
});

api.use({
  async onResponse({ response }) {
    answered();
    if (!response.ok) throw await problemOf(response);
  },
  onError({ error }) {
    return isAbort(error) ? undefined : asProblem(error);
  },
});

/** The body of an answer. Throws the Problem when there is none, and an AbortError when it was called off. */
export async function got<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer;
  return data as T; // an answer that is not ok has thrown already
}

/** The body of a change, and the number of the act that it was, by which it is taken back. */
export async function changed<T>(
  answer: Promise<{ data?: T; response: Response }>,
): Promise<{ body: T; acts: readonly number[] }> {
  const { data, response } = await answer;
  const act = response.headers.get("Flourishing-Act");
  return { body: data as T, acts: act === null ? [] : [Number(act)] };
}
