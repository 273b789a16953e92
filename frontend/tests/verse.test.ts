// @vitest-environment jsdom
import { flushSync, mount, unmount } from "svelte";
import { afterEach, describe, expect, test } from "vitest";

import Diff from "../src/parts/Diff.svelte";
import Verse from "../src/parts/Verse.svelte";

afterEach(() => {
  document.body.innerHTML = "";
});

function shown(component: typeof Verse, props: Parameters<typeof Verse>[1]): HTMLElement {
  const made = mount(component, { target: document.body, props });
  flushSync();
  const verse = document.querySelector<HTMLElement>(".verse") ?? expect.fail("no verse");
  void made;
  return verse;
}

const hostile = [
  "  two lines\n\n\tand an indented one \n",
  "<script>alert(1)</script><img src=x onerror=alert(1)>",
  "{@html '<b>x</b>'} &amp; &lt;",
  "\u202Egnitirw\u202C שלום\nand back",
  "",
];

describe("a poem is its text, sign for sign", () => {
  test.each(hostile)("%j", (text) => {
    const verse = shown(Verse, { text });
    expect(verse.textContent).toBe(text);
    expect(verse.querySelectorAll("*:not(span)")).toHaveLength(0);
  });

  test("in spans by who wrote them", () => {
    const spans = [
      { text: "I have been\n", by: "model" },
      { text: " the wind ", by: "person" },
    ] as const;
    const verse = shown(Verse, { text: "I have been\n the wind ", spans });
    expect(verse.textContent).toBe("I have been\n the wind ");
    expect(verse.querySelector(".person")?.textContent).toBe(" the wind ");
  });

  test("but for signs without a look, which get one", () => {
    expect(shown(Verse, { text: "\x1b[31mred\x07\r\n" }).textContent).toBe("␛[31mred␇\r\n");
  });

  test("and folded when it is very long", () => {
    const text = "🌱".repeat(50_000);
    const verse = shown(Verse, { text, fold: 1001 });
    expect(verse.textContent).toBe("🌱".repeat(500));
    document.querySelector("button")?.click();
    flushSync();
    expect(verse.textContent).toBe(text);
  });
});

describe("a text with parts is still its text, sign for sign", () => {
  test("a story has a title", () => {
    const text = "The Well\n\nEveryone threw a coin.";
    const verse = shown(Verse, { text, medium: "prose" });
    expect(verse.textContent).toBe(text);
    expect(verse.querySelector(".title")?.textContent).toBe("The Well");
  });

  test("who said a quote is set apart, whoever wrote it", () => {
    const spans = [
      { text: "Wash thy soul. — Ta", by: "model" },
      { text: "gore", by: "person" },
    ] as const;
    const verse = shown(Verse, { text: "Wash thy soul. — Tagore", spans, medium: "quote" });
    expect(verse.textContent).toBe("Wash thy soul. — Tagore");
    expect([...verse.querySelectorAll(".said")].map((each) => each.textContent)).toEqual(["— Ta", "gore"]);
  });

  test("and one without parts has none", () => {
    const verse = shown(Verse, { text: "The sea — mother of us all", medium: "quote" });
    expect(verse.querySelector(".said")).toBeNull();
  });
});

test("a diff shows both versions, and tells its changes to those who hear it", () => {
  const changes = [
    { kind: "same", text: "The dove\n" },
    { kind: "gone", text: "jumps " },
    { kind: "new", text: "leaves " },
    { kind: "same", text: "<b>now</b>" },
  ] as const;
  const made = mount(Diff, { target: document.body, props: { changes } });
  const diff = document.querySelector(".verse") ?? expect.fail("no diff");
  expect(diff.querySelector("ins")?.textContent).toBe("added: leaves  end of added. ");
  expect(diff.querySelector("del")?.textContent).toBe("removed: jumps  end of removed. ");
  diff.querySelectorAll(".unseen").forEach((words) => words.remove());
  expect(diff.textContent).toBe("The dove\njumps leaves <b>now</b>");
  void unmount(made);
});
