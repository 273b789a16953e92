/** A brood while it comes, folded from what the server tells: one card for each place, in its place. */

import type { ServerEvent } from "../api/sse";
import type { components } from "../api/client";
import type { Brood, Operation, Text } from "./types";

type Schemas = components["schemas"];

export interface Card {
  /** Its place, from 0; shown as place + 1. */
  readonly place: number;
  /** "waiting" before its first word, "writing", "whole", "flawed" where it may be replaced, "gone" once dropped. */
  readonly state: "waiting" | "writing" | "whole" | "flawed" | "gone";
  /** What is there of it so far. */
  readonly words: string;
  /** The text of the garden, once it is whole. */
  readonly text: Text | undefined;
  /** Why another is being asked for in its place. */
  readonly reason: string | undefined;
  /** The text that was dropped from here, to be taken back. */
  readonly dropped?: Text;
}

export interface Coming {
  readonly key: string;
  readonly operation: Operation;
  readonly n: number;
  /** How many of them are shown first, chosen once all are there; n for all. */
  readonly shown: number;
  readonly start: string;
  /** Who wrote which stretch of the start; none where the person wrote all of it. */
  readonly start_spans: Text["spans"];
  readonly cards: readonly Card[];
  /** How far the prompt is read, in tokens; undefined before that is known, and once words come. */
  readonly reading: { readonly read: number; readonly total: number } | undefined;
  /** What is waited for, in words. */
  readonly waiting: string;
  readonly notices: readonly string[];
}

/** What is known of a brood when it begins. */
export type Beginning = Pick<Coming, "key" | "operation" | "n" | "shown" | "start" | "start_spans">;

export function begin({ key, operation, n, shown, start, start_spans }: Beginning): Coming {
  const cards = Array.from({ length: n }, (_, place) => fresh(place));
  return {
    key,
    operation,
    n,
    shown,
    start,
    start_spans,
    cards,
    reading: undefined,
    waiting: "",
    notices: [],
  };
}

/** The places of those that are shown while they come: where some are chosen at the end, it is not known which. */
export function inSight(coming: Coming): readonly Card[] {
  if (coming.shown >= coming.n) return coming.cards;
  return Array.from({ length: coming.shown }, (_, place) => fresh(place));
}

export function fresh(place: number): Card {
  return { place, state: "waiting", words: "", text: undefined, reason: undefined };
}

/** Gives the brood as it is after an event; `done` and `error` end it elsewhere. */
export function fold(coming: Coming, { event, data }: ServerEvent): Coming {
  switch (event) {
    case "reading": {
      const { read, total } = JSON.parse(data) as Schemas["ReadingBody"];
      return { ...coming, reading: { read, total } };
    }
    case "waiting": {
      const { seconds, why } = JSON.parse(data) as Schemas["WaitingBody"];
      return { ...coming, waiting: seconds > 0 ? `${why} ${Math.ceil(seconds)} s` : "" };
    }
    case "notice": {
      const { words } = JSON.parse(data) as Schemas["NoticeBody"];
      return { ...coming, notices: [...coming.notices, words] };
    }
    case "token": {
      const { index, text } = JSON.parse(data) as Schemas["TokenBody"];
      return {
        ...at(coming, index, (card) => write(card, coming.start, text)),
        reading: undefined,
        waiting: "",
      };
    }
    case "flawed":
    case "offspring": {
      const { index, text } = JSON.parse(data) as Schemas["OffspringBody"];
      const state = event === "flawed" ? "flawed" : "whole";
      return at(coming, index, (card) => ({ ...card, state, words: text.content, text, reason: undefined }));
    }
    case "again": {
      const { index, reason } = JSON.parse(data) as Schemas["AgainBody"];
      // The flawed one stays to be read until the first word of the next one.
      return at(coming, index, (card) => ({ ...card, state: "waiting", reason }));
    }
    default:
      return coming;
  }
}

/**
 * Gives the brood as it is once something was done with some of its texts.
 *
 * `gone` says that they were dropped, or, where it is false, that they are back; without it neither.
 */
export function touch(
  coming: Coming,
  ids: readonly number[],
  change: (text: Text) => Text,
  gone?: boolean,
): Coming {
  const cards = coming.cards.map((card): Card => {
    const stood = card.text ?? card.dropped;
    if (stood === undefined || !ids.includes(stood.id)) return card;
    const text = change(stood);
    const words = text.content;
    if (gone) return { ...card, state: "gone", words, text: undefined, dropped: text };
    const state = gone === false && card.state === "gone" ? "whole" : card.state;
    return { ...card, state, words, text, dropped: undefined };
  });
  return { ...coming, cards };
}

/** The places of a brood that are shown first, in their order, of what stands in its places now; none for all. */
export function firstPlaces(shown: readonly (Text | null)[], brood: Brood): readonly number[] {
  const places = new Map(placed(shown, brood.offspring).map((text, place) => [text, place]));
  return brood.first.flatMap((at) => places.get(brood.offspring[at]) ?? []);
}

/**
 * Says in which order the offspring of a brood are shown, by their indexes: those that were chosen first, then the
 * others in their places. `many` is how many are shown before the rest is asked for.
 */
export function shownOrder(
  first: readonly number[],
  all: number,
): { order: readonly number[]; many: number } {
  const rest = Array.from({ length: all }, (_, at) => at).filter((at) => !first.includes(at));
  return { order: [...first, ...rest], many: first.length || all };
}

function write(card: Card, start: string, text: string): Card {
  const before = card.state === "writing" ? card.words : start;
  return { ...card, state: "writing", words: before + text, text: undefined };
}

function at(coming: Coming, place: number, change: (card: Card) => Card): Coming {
  return { ...coming, cards: coming.cards.map((card) => (card.place === place ? change(card) : card)) };
}

/**
 * Says which offspring stood in each place at first, where edits and gaps stand now: both lists are in the order
 * of the places, but in `shown` an edit stands for its text, and nothing for what was dropped or never came.
 */
export function placed(
  shown: readonly (Text | null)[],
  offspring: readonly Text[],
): readonly (Text | undefined)[] {
  const standing = new Set(shown.map((text) => text?.id));
  let next = 0;
  return shown.map((text) => {
    const at = offspring.findIndex((each) => each.id === text?.id);
    if (at >= 0) next = at;
    const original = offspring[next];
    if (original === undefined || (at < 0 && standing.has(original.id))) return undefined;
    next += 1;
    return original;
  });
}
