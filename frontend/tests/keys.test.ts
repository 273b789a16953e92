// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import {
  actions,
  keepKeys,
  listen,
  openLayer,
  register,
  setSingleKeys,
  shown,
  spoken,
  type Action,
} from "../src/keys";

let ran: string[] = [];
const undo: (() => void)[] = [];

function add(id: string, keys: string | string[], more: Partial<Action> = {}): void {
  undo.push(register({ id, keys, words: id, scope: "Breed", run: () => ran.push(id), ...more }));
}

function press(key: string, more: KeyboardEventInit = {}, target: Element = document.body): KeyboardEvent {
  const code = /^[a-z]$/i.test(key) ? `Key${key.toUpperCase()}` : key;
  const event = new KeyboardEvent("keydown", {
    key,
    code,
    bubbles: true,
    cancelable: true,
    composed: true,
    ...more,
  });
  target.dispatchEvent(event);
  return event;
}

function put(html: string): Element {
  document.body.innerHTML = html;
  return document.body.firstElementChild ?? expect.fail("nothing put");
}

beforeEach(() => {
  ran = [];
  undo.push(listen());
});
afterEach(() => {
  undo.splice(0).forEach((take) => take());
  setSingleKeys(true);
  document.body.innerHTML = "";
});

describe("a key", () => {
  test("runs its action, and nothing else happens by it", () => {
    add("keep", "k");
    expect(press("k").defaultPrevented).toBe(true);
    expect(press("K", { code: "KeyK" }).defaultPrevented).toBe(true); // Caps Lock
    expect(ran).toEqual(["keep", "keep"]);
  });

  test("is free again when its page has gone", () => {
    add("keep", "k");
    undo.pop()?.();
    expect(press("k").defaultPrevented).toBe(false);
    expect(actions()).toEqual([]);
  });

  test("is the browser's while there is nothing to do", () => {
    add("stop", "Escape", { enabled: () => false });
    expect(press("Escape").defaultPrevented).toBe(false);
    expect(ran).toEqual([]);
  });

  test("belongs to the action registered last, as long as that one can", () => {
    let can = true;
    add("breed", "Enter");
    add("refine", "Enter", { enabled: () => can });
    press("Enter");
    can = false;
    press("Enter");
    expect(ran).toEqual(["refine", "breed"]);
  });

  test.each([{ ctrlKey: true }, { metaKey: true }, { altKey: true }, { shiftKey: true }])(
    "is not meant when %o is held",
    (modifier) => {
      add("copy", "c");
      expect(press("c", modifier).defaultPrevented).toBe(false);
      expect(ran).toEqual([]);
    },
  );

  test("with a modifier is another key", () => {
    add("undo", "z");
    add("redo", "Shift+z");
    press("Z", { shiftKey: true });
    press("z");
    expect(ran).toEqual(["redo", "undo"]);
  });

  test("is found where the keyboard has it: signs under Shift, and digits by their place", () => {
    add("parent", ["1", "2"]);
    add("keep", ["Shift+1", "Shift+2"]);
    add("keys", "?");
    add("search", "/");
    press("1", { code: "Digit1" });
    press("1", { code: "Numpad1" });
    press("é", { code: "Digit2" });
    expect(ran.splice(0)).toEqual(["parent", "parent", "parent"]);
    press("!", { code: "Digit1", shiftKey: true });
    press("2", { code: "Digit2", shiftKey: true });
    expect(ran.splice(0)).toEqual(["keep", "keep"]);
    press("?", { code: "Slash", shiftKey: true });
    press("/", { code: "Digit7", shiftKey: true });
    expect(ran).toEqual(["keys", "search"]);
  });

  test("after another is a way of its own", () => {
    add("drop", "b");
    add("go", "g b");
    press("g");
    press("b");
    press("b");
    expect(ran).toEqual(["go", "drop"]);
  });

  test("that is held acts once, except for moving", () => {
    add("keep", "k");
    add("next", "j", { repeats: true });
    press("k", { repeat: true });
    press("j", { repeat: true });
    expect(ran).toEqual(["next"]);
  });
});

describe("a key is left alone", () => {
  test.each([
    "<input>",
    "<input type=search>",
    "<textarea></textarea>",
    "<select></select>",
    "<p contenteditable></p>",
  ])("in %s, but for Esc and Ctrl+Enter", (html) => {
    add("keep", "k");
    add("breed", ["Enter", "$mod+Enter"]);
    add("close", "Escape");
    const field = put(html);
    expect(press("k", {}, field).defaultPrevented).toBe(false);
    press("Enter", {}, field);
    press("Escape", {}, field);
    press("Enter", { ctrlKey: true }, field);
    expect(ran).toEqual(["close", "breed"]);
  });

  test("while a letter is being composed", () => {
    add("keep", "k");
    press("k", { isComposing: true });
    press("k", { keyCode: 229 });
    expect(ran).toEqual([]);
  });

  test("where the element answers it itself", () => {
    add("breed", "Enter");
    add("left", "ArrowLeft");
    add("keep", "k");
    press("Enter", {}, put("<button>b</button>"));
    press("Enter", {}, put("<a href=/x>a</a>"));
    press("ArrowLeft", {}, put("<input type=range>"));
    press("k", {}, put("<input type=checkbox>"));
    expect(ran).toEqual(["keep"]);
  });

  test("when someone has answered it already", () => {
    add("keep", "k");
    const field = put("<p></p>");
    field.addEventListener("keydown", (event) => event.preventDefault());
    press("k", {}, field);
    expect(ran).toEqual([]);
  });

  test("while a dialog is open, unless it is the dialog's own", () => {
    add("keep", "k");
    add("send", "s", { layer: "prompt" });
    press("s");
    const close = openLayer("prompt");
    press("k");
    press("s");
    close();
    press("k");
    expect(ran).toEqual(["send", "keep"]);
  });

  test("when single keys are turned off", () => {
    add("keep", "k");
    add("parent", "1");
    add("go", "g b");
    add("breed", "Enter");
    add("redo", "Shift+z");
    setSingleKeys(false);
    press("k");
    press("1", { code: "Digit1" });
    press("g");
    press("b");
    press("Enter");
    press("Z", { shiftKey: true });
    expect(ran).toEqual(["breed"]);
  });
});

test("keys are written as a person reads them", () => {
  expect(shown("$mod+Enter")).toEqual([["Ctrl", "⏎"]]);
  expect(shown("g b")).toEqual([["g"], ["b"]]);
  expect(shown("Shift+z")).toEqual([["Shift", "z"]]);
  expect(spoken("$mod+Enter")).toBe("Control+Enter");
  expect(spoken("g b")).toBeUndefined();
});

describe("Enter that means the whole page", () => {
  test.each([
    ["<button>Keep</button>", true],
    ["<article tabindex=0></article>", true],
    ['<input type="text">', true],
    ['<input type="checkbox">', true],
    ["<textarea></textarea>", false],
    ["<select></select>", false],
    ['<a href="/library">Library</a>', false],
    ['<button role="menuitem">Copy</button>', false],
    ["<form><input></form>", false],
    ["<dialog><button>Begin</button></dialog>", false],
  ])("at %s: %s", (html, breeds) => {
    add("breed", "Enter", { everywhere: true });
    const at = put(html);
    press("Enter", {}, at.querySelector("input,button") ?? at);
    expect(ran).toEqual(breeds ? ["breed"] : []);
  });

  test("is the button's own while there is nothing to breed, and with a modifier", () => {
    let free = false;
    add("breed", "Enter", { everywhere: true, enabled: () => free });
    const button = put("<button>Enough</button>");
    expect(press("Enter", {}, button).defaultPrevented).toBe(false);
    free = true;
    expect(press("Enter", { altKey: true }, button).defaultPrevented).toBe(false);
    expect(ran).toEqual([]);
  });

  test("takes what was typed in a field of one line first", () => {
    const field = put('<input type="number" value="8">') as HTMLInputElement;
    field.addEventListener("blur", () => ran.push("left"));
    add("breed", "Enter", { everywhere: true });
    field.focus();
    press("Enter", {}, field);
    expect(ran).toEqual(["left", "breed"]);
  });

  test("waits where a dialog is open", () => {
    add("breed", "Enter", { everywhere: true });
    undo.push(openLayer("settings"));
    press("Enter", {}, put("<button>Close</button>"));
    expect(ran).toEqual([]);
  });
});

test("a key that is pressed twice acts once where it leads to another page", () => {
  let led = false;
  const lead = (): void => {
    ran.push("more");
    if (!led) history.pushState({}, "", "/beds/1");
    led = true;
  };
  add("more", "m", { run: lead });
  add("keep", "k");
  press("m");
  press("m");
  press("k");
  press("k");
  expect(ran).toEqual(["more", "keep", "keep"]);
  history.pushState({}, "", "/");
});

describe("a key that comes too early", () => {
  let there: () => void = () => undefined;
  let loaded: Promise<void>;
  let is = false;

  beforeEach(() => {
    is = false;
    add("keep", "k", { enabled: () => is });
    add("drop", "x", { enabled: () => is });
    add("keys", "?");
    loaded = keepKeys(
      new Promise((resolve) => {
        there = () => {
          is = true;
          resolve(undefined);
        };
      }),
    );
  });

  test("acts once, as soon as there is something to act on; several in their order", async () => {
    press("x");
    press("k");
    press("Shift");
    press("2", { code: "Digit2" });
    expect(ran).toEqual([]);
    there();
    await loaded;
    expect(ran).toEqual(["drop", "keep"]);
  });

  test("waits until all is there that is being loaded", async () => {
    let last: () => void = () => undefined;
    const all = keepKeys(new Promise<void>((resolve) => (last = resolve)));
    press("k");
    there();
    await loaded;
    expect(ran).toEqual([]);
    last();
    await all;
    expect(ran).toEqual(["keep"]);
  });

  test.each([
    ["another key that acts", () => press("?")],
    ["Esc", () => press("Escape")],
    [
      "a press of the pointer",
      () => document.body.dispatchEvent(new Event("pointerdown", { bubbles: true })),
    ],
    ["a step back", () => window.dispatchEvent(new PopStateEvent("popstate"))],
  ])("is taken back by %s", async (_, act) => {
    press("k");
    act();
    there();
    await loaded;
    expect(ran).not.toContain("keep");
  });

  test("is not kept where it is typed, nor once all is there", async () => {
    press("k", {}, put("<input>"));
    there();
    await loaded;
    is = false;
    press("k");
    is = true;
    await keepKeys(Promise.resolve());
    expect(ran).toEqual([]);
  });
});
