/** What is done with texts of the library; each can be taken back by its notice and by z. */

import { announce } from "../announcer.svelte";
import { api, changed, got } from "../api/client";
import { more } from "../breed/actions";
import { count, firstLine } from "../words";
import { fail, notices, tell } from "../notices.svelte";
import { router } from "../router.svelte";
import { bed } from "../state/bed.svelte";
import type { Mark, Text } from "../state/types";
import { selection } from "./selection.svelte";
import { download } from "./download";
import { finding } from "./finding.svelte";
import type { Export, Found, Thing } from "./types";

const done: Readonly<Record<Mark, readonly [string, string]>> = {
  keep: ["Kept", "No longer kept"],
  pin: ["Pinned", "No longer pinned"],
  drop: ["Dropped", "No longer dropped"],
  away: ["Put away", "Brought back"],
};

/** Gives the texts of things; what ships is brought into the garden first, so that it has a number. */
export async function textsOf(things: readonly Thing[]): Promise<Text[]> {
  const numbered = new Map<string, Text>();
  for (const name of new Set(
    things.flatMap(({ text, from }) => (text.id === 0 && from ? [from.name] : [])),
  )) {
    const of = things.filter(({ text, from }) => text.id === 0 && from?.name === name);
    const texts = await got(
      api.POST("/api/collections/{name}/texts", {
        params: { path: { name } },
        body: { indexes: of.map(({ from }) => from?.index ?? 0) },
      }),
    );
    of.forEach((thing, at) => numbered.set(thing.key, texts[at] ?? thing.text));
  }
  if (numbered.size > 0) selection.number(numbered);
  return things.map((thing) => numbered.get(thing.key) ?? thing.text);
}

/** Gives a mark to texts, or takes it back. */
export async function mark(kind: Mark, texts: readonly Text[], on: boolean): Promise<void> {
  if (texts.length === 0) return;
  try {
    const ids = texts.map((text) => text.id);
    const { body, acts } = await changed(api.POST("/api/marks", { body: { mark: kind, ids, on } }));
    selection.take(body);
    await bed.look(); // where they may stand as well
    const [first, ...others] = texts;
    const which =
      first === undefined || others.length > 0 ? String(texts.length) : firstLine(first.title, 40);
    const words = `${done[kind][on ? 0 : 1]}: ${which}`;
    announce(words);
    offer(words, acts);
  } catch (thrown) {
    fail(thrown);
  }
}

/** Takes an import back: all that it marked, tagged and shelved; texts that it brought are put away. */
export async function takeBack({ act, fresh }: Pick<Found, "act" | "fresh">): Promise<void> {
  await guarded(async () => {
    if (act !== null) await undoActs([act]);
    tell(fresh.length > 0 ? `${count(fresh.length, "text")} put away.` : "Taken back.");
  });
}

/** What was asked for before; each press waits for it, so that it sees what was done. */
let before: Promise<unknown> = Promise.resolve();

/** Gives texts a mark, or takes it back where all have it, in the order of the presses. Gives whether they have it. */
export function toggle(kind: Mark, find: () => Promise<readonly Text[]>): Promise<boolean> {
  const toggled = before.then(async () => {
    const texts = await find();
    const on = !texts.every((text) => text.marks.includes(kind));
    await mark(kind, texts, on);
    return on;
  });
  before = toggled.catch(() => undefined);
  return toggled;
}

/** Keeps all of them; where all are kept, takes that back. */
export async function keep(things: readonly Thing[]): Promise<void> {
  await guarded(() => toggle("keep", () => textsOf(selection.now(things))));
}

export async function pin(things: readonly Thing[]): Promise<void> {
  await guarded(() => toggle("pin", () => textsOf(selection.now(things))));
}

/** Puts texts away, or brings back those that are. */
export async function putAway(things: readonly Thing[]): Promise<void> {
  const numbered = things.filter((thing) => thing.text.id !== 0);
  const on = await toggle("away", () => textsOf(selection.now(numbered)));
  const hidden = (finding.which === "away") !== on;
  if (hidden && things.every((thing) => thing.from === undefined))
    selection.without(things.map((thing) => thing.key));
  selection.focus();
}

export async function tag(label: string, things: readonly Thing[], on = true): Promise<void> {
  await guarded(async () => {
    const ids = (await textsOf(things)).map((text) => text.id);
    const { body, acts } = await changed(api.POST("/api/tags", { body: { tag: label, ids, on } }));
    selection.take(body);
    await finding.lists();
    offer(on ? `Tagged “${label}”.` : `“${label}” is off.`, acts);
  });
}

/** Puts texts on a shelf, made if need be. */
export async function shelve(name: string, things: readonly Thing[]): Promise<void> {
  await guarded(async () => {
    const ids = [...new Set((await textsOf(things)).map((text) => text.id))];
    const params = { path: { name } };
    const { acts } = await changed(api.POST("/api/collections/{name}/items", { params, body: { ids } }));
    await finding.lists();
    offer(`${count(ids.length, "text")} put into “${name}”.`, acts);
  });
}

/** Takes things off the collection where they stand; they stay in the garden. */
export async function takeOff(things: readonly Thing[]): Promise<void> {
  const grown = things.filter((thing) => thing.from?.grown);
  const name = grown[0]?.from?.name;
  if (name === undefined) return;
  await guarded(async () => {
    const acts = await unshelve(name, [...new Set(grown.map((thing) => thing.text.id))]);
    selection.without(grown.map((thing) => thing.key));
    const stay = grown.length === 1 ? "The text stays" : "The texts stay";
    offer(`Taken off “${name}”. ${stay} in the garden.`, acts, `taken off “${name}”`);
  });
}

/** Puts texts after the parents of the bed that is open. */
export async function toParents(things: readonly Thing[]): Promise<void> {
  await guarded(async () => {
    const texts = await textsOf(things);
    await bed.openLast();
    const there = bed.now;
    if (there === undefined) return;
    const fresh = texts.filter((text) => !bed.parentIds.has(text.id));
    bed.setParents([...there.parents, ...fresh]);
    const words =
      fresh.length === 0
        ? "They are parents already."
        : `${count(fresh.length, "parent")} more in “${there.name}”.`;
    announce(words);
    if (fresh.length === 0) return void tell(words);
    bed.tellDone(words);
    selection.did(() => bed.undo());
  });
}

/** Whether the parents of a collection are on their way to the bed. */
let taking = false;

/** Breeds from a collection: its texts become the parents, and the Breed page opens. */
export async function breedFrom(name: string): Promise<void> {
  if (taking) return;
  taking = true;
  try {
    await bed.openLast();
    const had = bed.now?.parents.length ?? 0;
    if (!(await bed.takeParents([name]))) return;
    router.go("/");
    if (had > 0 && bed.now !== undefined)
      bed.tellDone(`Texts of “${name}” are the parents of “${bed.now.name}” now.`);
  } finally {
    taking = false;
  }
}

export async function refine(text: Text): Promise<void> {
  await bed.openLast();
  void bed.refine(text.id, text);
  router.go("/refine");
}

export async function copy(texts: readonly Text[]): Promise<void> {
  try {
    await navigator.clipboard.writeText(texts.map((text) => text.content).join("\n\n"));
    tell(texts.length > 1 ? `${texts.length} texts copied.` : "Copied.");
  } catch (thrown) {
    fail(thrown);
  }
}

/** Writes texts to a file; without any, all that is kept. */
export async function exportAs(form: Export, things: readonly Thing[]): Promise<void> {
  await guarded(async () => {
    const ids = form === "preferences" ? [] : (await textsOf(things)).map((text) => text.id);
    const { data, response } = await api.POST("/api/export", {
      body: ids.length > 0 ? { form, ids } : { form },
      parseAs: "blob",
    });
    const file = data as unknown as Blob | undefined; // undefined where the answer is empty
    if (file && file.size > 0) download(file, response);
    else tell("There is no pair yet: keep one of a brood, and drop another of the same.");
  });
}

/** Saves the whole garden as one file, which opens as a garden anywhere. */
export async function backUp(): Promise<void> {
  await guarded(async () => {
    const { data, response } = await api.POST("/api/garden/backup", { parseAs: "blob" });
    download(data as unknown as Blob, response);
  });
}

/** Takes texts off a shelf; gives the acts that this was. */
async function unshelve(name: string, ids: readonly number[]): Promise<readonly number[]> {
  const acts: number[] = [];
  for (let at = 0; at < ids.length; at += 500) {
    const params = { path: { name }, query: { ids: ids.slice(at, at + 500) } };
    acts.push(...(await changed(api.DELETE("/api/collections/{name}/items", { params }))).acts);
  }
  await finding.lists();
  return acts;
}

/** Takes acts back, the last first, and shows their texts as they are then. */
async function undoActs(acts: readonly number[]): Promise<void> {
  for (const act of acts.toReversed()) {
    const { texts } = await got(api.POST("/api/acts/{act}/undo", { params: { path: { act } } }));
    selection.take(texts);
    const there = new Set(selection.things.map((thing) => thing.text.id));
    if (router.route.page === "library" && texts.some((text) => !there.has(text.id))) await finding.look(); // what was put away is listed again
  }
  selection.undone += acts.length;
  await Promise.all([finding.lists(), bed.look()]);
}

/** Makes a text the best parent of the open bed, and breeds from it there. */
export async function moreOf(text: Text): Promise<void> {
  await bed.openLast();
  router.go("/");
  more(text);
}

/** Says that something is done, and how it is taken back: by the notice, or by z, which says it, too. */
function offer(words: string, acts: readonly number[], done = words.replace(/\.$/, "")): void {
  const undone = `Undone: ${done.charAt(0).toLowerCase()}${done.slice(1)}.`;
  const back = (): void => {
    notices.close(notice);
    void guarded(async () => {
      await undoActs(acts);
      announce(undone);
      tell(undone);
    });
  };
  const notice = notices.add({
    kind: "done",
    words,
    offer: { words: "Undo", run: () => selection.undo(back) },
  });
  selection.did(back);
}

async function guarded(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (thrown) {
    fail(thrown);
  }
}
