/**
 * Server-sent events over fetch, because EventSource can neither POST nor tell a refusal from a lost connection.
 * eventsource-parser reads the stream; going on after a break is ours.
 *
 * A POST is sent once. When its stream breaks, the reader goes on with GET where the answer's Content-Location
 * points (or `resumeAt`), with `Last-Event-ID`, so that no brood is bred twice.
 */

import { createParser } from "eventsource-parser";

import { answered } from "../notices.svelte";
import { Problem, asProblem, problemOf } from "./problem";

export interface ServerEvent {
  /** The id that was last given, "" before any. */
  readonly id: string;
  /** The event's name, "message" where the server gave none. */
  readonly event: string;
  readonly data: string;
}

export interface Reading {
  readonly method?: "GET" | "POST";
  /** Sent as JSON with a POST. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  readonly lastEventId?: string;
  /** Where a POST goes on after a break, unless its answer says so itself. */
  readonly resumeAt?: string;
  /** Whether this event ends the stream. Without it, a stream that ends is taken up again. */
  readonly isLast?: (event: ServerEvent) => boolean;
  /** Told "waiting" when the connection is lost, and "open" when it is there (again). */
  readonly onstate?: (state: "open" | "waiting") => void;
  /** Milliseconds of silence after which a connection counts as lost; the server sends a comment every 15 s. */
  readonly silence?: number;
  /** The first pause before another attempt, in milliseconds; it doubles up to twenty times. */
  readonly pause?: number;
}

/**
 * Reads events until the last one, or until `signal` says so (then it ends without an error).
 *
 *     for await (const { event, data } of events("/api/broods", { method: "POST", body, isLast })) …
 *
 * Throws a Problem when the server refuses (4xx), or when a POST was never answered.
 */
export async function* events(
  url: string,
  reading: Reading = {},
): AsyncGenerator<ServerEvent, void, undefined> {
  const { signal, isLast = () => false, onstate, pause = 500 } = reading;
  const place: Place = { url, method: reading.method ?? "GET", id: reading.lastEventId ?? "", pause };
  let attempts = 0;
  while (!signal?.aborted) {
    try {
      const answer = await ask(place, reading);
      if (answer === undefined) return;
      onstate?.("open");
      for await (const event of parsed(answer, place, reading)) {
        attempts = 0;
        yield event;
        if (isLast(event)) return;
      }
    } catch (thrown) {
      if (signal?.aborted) return;
      if (!isPassing(thrown, place)) throw asProblem(thrown);
    }
    onstate?.("waiting");
    const longer = Math.min(place.pause * 2 ** attempts++, pause * 20);
    await sleep(longer * (0.75 + Math.random() / 2), signal);
  }
}

interface Place {
  url: string;
  method: "GET" | "POST";
  id: string;
  pause: number;
}

/** Asks for the stream; undefined when the server says that there is no more (204). */
async function ask(place: Place, { body, resumeAt, signal }: Reading): Promise<Response | undefined> {
  const headers = new Headers({ accept: "text/event-stream" });
  if (place.id !== "") headers.set("last-event-id", place.id);
  const post = place.method === "POST";
  if (post) headers.set("content-type", "application/json");
  const answer = await fetch(place.url, {
    method: place.method,
    headers,
    body: post ? JSON.stringify(body ?? {}) : null,
    signal: signal ?? null,
    cache: "no-store",
  });
  answered();
  if (!answer.ok) throw await problemOf(answer);
  if (answer.status === 204) return undefined;
  if (!answer.headers.get("content-type")?.startsWith("text/event-stream"))
    throw new Problem({ title: "The studio sent no events", detail: place.url, status: 406 });
  if (post) goOnAt(place, answer.headers.get("content-location") ?? resumeAt);
  return answer;
}

function goOnAt(place: Place, path: string | null | undefined): void {
  if (path == null) return;
  place.url = path;
  place.method = "GET";
}

async function* parsed(
  answer: Response,
  place: Place,
  { silence = 45_000 }: Reading,
): AsyncGenerator<ServerEvent> {
  if (answer.body === null) return;
  const whole: ServerEvent[] = [];
  let last = place.id;
  const parser = createParser({
    onEvent: ({ id = last, event = "message", data }) => {
      last = id;
      whole.push({ id, event, data });
    },
    onRetry: (pause) => (place.pause = pause),
  });
  const decoder = new TextDecoder();
  const reader = answer.body.getReader();
  try {
    for (;;) {
      const { done, value } = await within(reader.read(), silence);
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      for (const event of whole.splice(0)) {
        place.id = event.id;
        yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Whether another attempt may help: not after a refusal, and not where a POST would act twice. */
function isPassing(thrown: unknown, place: Place): boolean {
  if (place.method === "POST") return false;
  if (!(thrown instanceof Problem)) return true;
  return thrown.status >= 500 || [0, 408, 425, 429].includes(thrown.status);
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Problem({ title: "The connection fell silent" })), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
    signal?.addEventListener("abort", done);
  });
}
