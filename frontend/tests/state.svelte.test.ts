// @vitest-environment jsdom
import { afterEach, expect, test, vi } from "vitest";

import { byWord } from "../src/breed/byword.svelte";
import { keep } from "../src/library/actions";
import { selection } from "../src/library/selection.svelte";
import { ofText } from "../src/library/types";
import { begin, inSight, touch } from "../src/state/coming";
import { bed } from "../src/state/bed.svelte";
import { fail, notices } from "../src/notices.svelte";
import { Dropped } from "../src/state/dropped.svelte";
import { effect } from "../src/state/effect.svelte";
import { Following } from "../src/state/following.svelte";
import { SyncedBed } from "../src/state/synced.svelte";
import { marked, without, withShown } from "../src/state/marking";
import type { Bed, Brood, Text } from "../src/state/types";

function text(id: number, more: Partial<Text> = {}): Text {
  return { id, content: `text ${id}`, marks: [], ...more } as Text;
}

function bedOf(
  shown: readonly (Text | null)[],
  offspring: readonly Text[],
  revision = 1,
  first: number[] = [],
): Bed {
  const brood = { id: 1, offspring, first } as Brood;
  return { id: 7, name: "sea", parents: [], chain: [], shown, brood, revision } as unknown as Bed;
}

/** A server that tells this bed whenever it is asked for it. */
function serving(bed: () => Bed): void {
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json(bed())));
}

afterEach(() => vi.unstubAllGlobals());

test("a mark is put on once and taken off", () => {
  const kept = marked(marked(text(1), "keep", true), "keep", true);
  expect(kept.marks).toEqual(["keep"]);
  expect(marked(kept, "keep", false).marks).toEqual([]);
});

test("what was dropped leaves its place and can be seen there to be taken back", () => {
  const [a, b] = [text(1), text(2)];
  const dropped = new Dropped();
  const bed = bedOf([a, b], [a, b]);
  dropped.note(bed, [1], true);
  const after = without(bed, [1]);
  expect(dropped.cards(after).map(({ state, text, dropped }) => [state, text?.id, dropped?.id])).toEqual([
    ["gone", undefined, 1],
    ["whole", 2, undefined],
  ]);
  dropped.note(after, [1], false);
  expect(dropped.cards(after)[0]?.text?.id).toBe(1);
});

test("what was chosen stands first, in its order, also edited and dropped, and the rest in its places", () => {
  const offspring = [text(1), text(2), text(3), text(4)];
  const edit = text(9);
  const cards = new Dropped().cards(bedOf([offspring[0]!, null, edit, offspring[3]!], offspring, 1, [2, 1]));
  expect(cards.map(({ place, text, dropped }) => [place, text?.id ?? dropped?.id])).toEqual([
    [0, 9],
    [1, 2],
    [2, 1],
    [3, 4],
  ]);
});

test("while candidates come, it is not known which are shown", () => {
  const coming = begin({ key: "k", operation: "bred", n: 8, shown: 3, start: "", start_spans: [] });
  const came = { ...coming, cards: [{ ...coming.cards[0]!, words: "the sea" }, ...coming.cards.slice(1)] };
  expect(inSight(came).map(({ place, words }) => [place, words])).toEqual([
    [0, ""],
    [1, ""],
    [2, ""],
  ]);
  expect(inSight({ ...came, shown: 8 })).toBe(came.cards);
});

test("a brood that goes below another one has its edits in their places and the others dropped", () => {
  const [a, b, edit] = [text(1), text(2), text(9)];
  const brood = withShown({ id: 1, offspring: [a, b] } as unknown as Brood, [edit, null]);
  expect(brood.offspring.map(({ id, marks }) => [id, ...marks])).toEqual([[9], [2, "drop"]]);
});

test("a card of a brood on its way goes and comes back with its text", () => {
  const coming = begin({ key: "k", operation: "bred", n: 2, shown: 2, start: "", start_spans: [] });
  const came = { ...coming, cards: [{ ...coming.cards[0]!, state: "whole" as const, text: text(1) }] };
  const gone = touch(came, [1], (each) => marked(each, "drop", true), true);
  expect(gone.cards[0]).toMatchObject({ state: "gone", dropped: { id: 1 } });
  const back = touch(gone, [1], (each) => marked(each, "drop", false), false);
  expect(back.cards[0]).toMatchObject({ state: "whole", text: { id: 1, marks: [] } });
});

test("what is done shows at once, in order, and only the last answer is taken", async () => {
  const held = new SyncedBed(() => undefined);
  held.take(bedOf([], []));
  const order: string[] = [];
  const ask = (name: string, revision: number): Promise<boolean> =>
    held.ask(
      async (bed) => {
        order.push(`${name} after ${bed.name}`);
        return { ...bedOf([], [], revision), name: `server ${name}` };
      },
      (bed) => ({ ...bed, name }),
    );
  const both = [ask("one", 2), ask("two", 3)];
  expect(held.now?.name).toBe("two");
  await both[0];
  expect(held.now?.name).toBe("two"); // the page is still ahead
  await both[1];
  expect(held.now?.name).toBe("server two");
  expect(order).toEqual(["one after two", "two after two"]);
});

test("what is refused goes back to how the server has it", async () => {
  serving(() => ({ ...bedOf([], [], 5), name: "as it is" }));
  const held = new SyncedBed(() => undefined);
  held.take(bedOf([], []));
  await held.ask(
    () => Promise.reject(new Error("no")),
    (bed) => ({ ...bed, name: "hoped" }),
  );
  expect(held.now?.name).toBe("as it is");
});

test("an older answer that comes later is not taken, and news is looked at", async () => {
  let asked = 0;
  serving(() => ({ ...bedOf([], [], 4), name: `look ${(asked += 1)}` }));
  const held = new SyncedBed(() => undefined);
  held.take(bedOf([], [], 3));
  held.take({ ...bedOf([], [], 2), name: "old" });
  expect(held.now?.name).toBe("sea");
  held.hear({ revision: 3, name: "sea", running: null });
  held.hear({ revision: 4, name: "sea", running: null });
  await vi.waitFor(() => expect(held.now?.revision).toBe(4));
  held.hear({ revision: 4, name: "another name", running: null });
  await vi.waitFor(() => expect(held.now?.name).toBe("look 2"));
});

test("that the studio does not answer is taken back once it does, and all else stays", async () => {
  const words = (): readonly string[] => notices.list.map((notice) => notice.words);
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  await bed.open(7);
  fail(new Error("the disk is full"));
  expect(words()).toEqual(["The studio does not answer", "Something went wrong on this page"]);
  serving(() => ({ ...bedOf([], []), brood: null }));
  await bed.open(7);
  expect(words()).toContain("Something went wrong on this page");
  expect(words()).not.toContain("The studio does not answer");
  bed.close();
  notices.list = [];
});

test("an offer to undo goes once something else is done in the bed", async () => {
  const plain = { ...bedOf([], []), brood: null };
  serving(() => plain);
  await bed.open(7);
  const offers = (): readonly string[] => notices.list.flatMap(({ offer, words }) => (offer ? [words] : []));
  bed.tellDone("2 parents more.");
  expect(offers()).toEqual(["2 parents more."]);
  const undo = bed.undoing();
  await bed.change({ n: 3 });
  expect(offers()).toEqual([]);
  const asked: string[] = [];
  vi.stubGlobal("fetch", (request: Request) => {
    asked.push(new URL(request.url).pathname);
    return Promise.resolve(Response.json(plain));
  });
  await undo();
  expect(asked).toEqual([]);
  bed.tellDone("1 parent more.");
  bed.close();
  expect(offers()).toEqual([]);
});

test("what was fetched before a change is not shown after it, although the change tells no bed", async () => {
  const answers: (() => void)[] = [];
  let name = "before";
  vi.stubGlobal("fetch", () => {
    const told = Response.json({ ...bedOf([], [], 3), name });
    return new Promise<Response>((answer) => answers.push(() => answer(told)));
  });
  const held = new SyncedBed(() => undefined);
  held.take(bedOf([], [], 3));
  const looking = held.reload();
  await vi.waitFor(() => expect(answers).toHaveLength(1));
  await held.ask(
    () => Promise.resolve(undefined),
    (bed) => ({ ...bed, name: "after" }),
  );
  name = "after, says the server";
  answers[0]!();
  await looking;
  expect(held.now?.name).toBe("after");
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  answers[1]!();
  await vi.waitFor(() => expect(held.now?.name).toBe("after, says the server"));
});

test("those who want to look while one looks are answered by a later look", async () => {
  let asked = 0;
  serving(() => bedOf([], [], (asked += 1)));
  const held = new SyncedBed(() => undefined);
  held.take(bedOf([], [], 0));
  await Promise.all([held.reload(), held.reload(), held.reload()]);
  expect(asked).toBe(2);
  expect(held.now?.revision).toBe(2);
});

test.each([
  [200, "kept", ["keep"]],
  [507, undefined, []],
])(
  "that a text is being kept shows at once, and that it is kept once that is stored",
  async (status, words, marks) => {
    const [poem, gate] = [text(1), Promise.withResolvers<void>()];
    let stands = bedOf([poem], [poem]);
    vi.stubGlobal("fetch", async ({ url }: Request) => {
      if (!url.endsWith("/api/marks")) return Response.json(url.endsWith("/beds/7") ? stands : []);
      await gate.promise;
      if (status === 200) stands = bedOf([marked(poem, "keep", true)], [poem], 2);
      return Response.json({ title: "The disk is full." }, { status });
    });
    await bed.open(7);
    bed.keep(poem);
    expect(effect.now).toEqual({ id: 1, words: "keeping" });
    expect(bed.now?.shown[0]?.marks).toEqual([]);
    gate.resolve();
    await vi.waitFor(() => expect(effect.now?.words).toBe(words));
    expect(bed.now?.shown[0]?.marks).toEqual(marks);
    bed.close();
  },
);

test("a second press takes back what is still being kept, and the last press counts", async () => {
  const [poem, gate] = [text(1), Promise.withResolvers<void>()];
  let stands = bedOf([poem], [poem]);
  const asked: boolean[] = [];
  const words: (string | undefined)[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    if (!request.url.endsWith("/api/marks"))
      return Response.json(request.url.endsWith("/beds/7") ? stands : []);
    await gate.promise;
    const { on } = (await request.json()) as { on: boolean };
    words.push(effect.now?.words);
    asked.push(on);
    stands = bedOf([marked(poem, "keep", on)], [poem], stands.revision + 1);
    return Response.json({});
  });
  await bed.open(7);
  bed.keep(poem);
  bed.keep(poem);
  expect(effect.now).toEqual({ id: 1, words: "no longer kept" });
  gate.resolve();
  await vi.waitFor(() => expect(bed.now?.revision).toBe(3));
  expect(asked).toEqual([true, false]);
  expect(words).toEqual(["no longer kept", "no longer kept"]);
  expect(bed.now?.shown[0]?.marks).toEqual([]);
  bed.keep(bed.now!.shown[0]!);
  await vi.waitFor(() => expect(effect.now?.words).toBe("kept"));
  bed.close();
});

test("of two presses in the library, the second sees what the first did", async () => {
  const asked: boolean[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    if (!request.url.endsWith("/api/marks")) return Response.json([]);
    const { on } = (await request.json()) as { on: boolean };
    asked.push(on);
    return Response.json([marked(text(1), "keep", on)]);
  });
  selection.things = [ofText(text(1, { title: "a gull" }))];
  const listed = selection.things;
  await Promise.all([keep(listed), keep(listed)]);
  expect(asked).toEqual([true, false]);
  expect(selection.things[0]?.text.marks).toEqual([]);
  selection.clear();
});

test("other words are asked for once while the model is being asked", async () => {
  let asked = 0;
  const gate = Promise.withResolvers<void>();
  vi.stubGlobal("fetch", async () => {
    asked += 1;
    await gate.promise;
    return Response.json({ word: "grey", probability: null, others: [] });
  });
  byWord.enter(text(1, { content: "the grey sea" }), 1);
  const looks = [byWord.look(), byWord.look()];
  gate.resolve();
  await Promise.all(looks);
  expect([asked, byWord.found?.word]).toEqual([1, "grey"]);
  byWord.leave();
});

/** A bed in which the first of two texts was dropped here. */
async function withOneDropped(then: Bed): Promise<SyncedBed> {
  serving(() => then);
  const held = new SyncedBed(() => undefined);
  const [a, b] = [text(1), text(2)];
  held.take(bedOf([a, b], [a, b], 1));
  await held.ask(
    () => Promise.resolve(undefined),
    (bed) => without(bed, [1]),
  );
  held.take(then);
  return held;
}

test.each([
  ["shows the bed as it stood", [null, 2], [1, 2]],
  ["shows nothing where another tab did something meanwhile", [null, null], [null, null]],
])("undoing %s before the server has answered", async (_, shown, seen) => {
  const texts = [text(1), text(2)];
  const stands = shown.map((id) => texts.find((each) => each.id === id) ?? null);
  const held = await withOneDropped(bedOf(stands, texts, 2));
  const gate = Promise.withResolvers<Bed>();
  const undone = held.undo(() => gate.promise);
  expect(held.now?.shown.map((each) => each?.id ?? null)).toEqual(seen);
  gate.resolve(bedOf(texts, texts, 3));
  await undone;
  expect(held.now?.shown).toEqual(texts);
});

test("what comes within a frame is shown together, and all of it at the end", async () => {
  vi.useFakeTimers({ toFake: ["performance", "setTimeout"] });
  const begun = { key: "k", operation: "bred", n: 1, shown: 1, start: "", start_spans: [] };
  const events = [
    ["brood", begun],
    ...Array.from({ length: 50 }, () => ["token", { index: 0, text: "o" }]),
    ["done", { brood: null }],
  ];
  const told = events.map(
    ([event, data], at) => `id: ${at}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`,
  );
  const headers = { "content-type": "text/event-stream" };
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(told.join(""), { headers })));
  const following = new Following();
  let shown = 0;
  const stop = $effect.root(() => {
    $effect(() => void (following.coming, (shown += 1)));
  });
  await following.follow("/api/broods/running/k", {}, () => true);
  expect(following.coming?.cards[0]?.words).toBe("o".repeat(50));
  expect(shown).toBeLessThan(5);
  stop();
  vi.useRealTimers();
});
