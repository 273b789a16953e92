/**
 * One registry of what can be done, and by which key.
 *
 * A page registers its actions while it is there; its buttons name one by its id and get words, key and state
 * from here; `?` lists what is here. So no key is without its button's words, and no button hides its key.
 * A key is left alone while a person types, composes a letter, holds a modifier the action does not name, or has
 * a dialog open that the action does not belong to. A key that comes before what it acts on is kept until then.
 */

import { untrack } from "svelte";
import { SvelteMap, createSubscriber } from "svelte/reactivity";
import { createKeybindingsHandler } from "tinykeys";

export interface Action {
  /** `page.verb`, as "breed.keep". */
  readonly id: string;
  /** As tinykeys writes them: "k", "Shift+z", "$mod+Enter", "Escape", "g b" for one after the other. */
  readonly keys: string | readonly string[];
  /** What it does, as a button would say it. */
  readonly words: string;
  /** Under which heading `?` lists it: "Breed", "Everywhere". */
  readonly scope: string;
  /** The name of the dialog it belongs to; without, it rests while any dialog is open. */
  readonly layer?: string;
  /** Whether there is anything for it to do now; it may read state. */
  readonly enabled?: () => boolean;
  /**
   * Whether Enter means it wherever the focus is, as breeding does: also on a button, which Space still presses,
   * and in a field of one line. Not on a link, in a menu or in a dialog.
   */
  readonly everywhere?: boolean;
  /** Whether a held key repeats it, as moving does. */
  readonly repeats?: boolean;
  readonly run: (event?: KeyboardEvent) => void;
}

const registry = new SvelteMap<string, Action>();
const layers: string[] = [];
let singles = remembered();
let singlesChanged: (() => void) | undefined;
const watchSingles = createSubscriber((update) => {
  singlesChanged = update;
});
let handle: (event: KeyboardEvent) => void = () => undefined;
/** The key that acted last, when it did, and on which page. */
let last: { readonly code: string; readonly at: number; readonly path: string } | undefined;
/** Milliseconds within which nobody sees a page that has come, and means it with a key. */
const BOUNCE = 250;
/** How many things that keys act on are being loaded, and the keys that nothing took meanwhile. */
let loading = 0;
let early: readonly KeyboardEvent[] = [];

/** Adds actions and returns what takes them away again: `$effect(() => register(...))`. */
export function register(...actions: readonly Action[]): () => void {
  untrack(() => {
    for (const action of actions) {
      registry.delete(action.id); // so that the latest stands last, and wins its key
      registry.set(action.id, action);
    }
    rebuild();
  });
  return () =>
    untrack(() => {
      for (const action of actions) if (registry.get(action.id) === action) registry.delete(action.id);
      rebuild();
    });
}

/** The action of this id, while its page is there. */
export function actionOf(id: string | undefined): Action | undefined {
  return id === undefined ? undefined : registry.get(id);
}

/** All that can be done on the present page, in the order of registration. */
export function actions(): Action[] {
  return [...registry.values()];
}

export function isEnabled(action: Action | undefined): boolean {
  return action?.enabled?.() ?? true;
}

/** The keys of an action, one combination each. */
export function keysOf(action: Action): readonly string[] {
  return typeof action.keys === "string" ? [action.keys] : action.keys;
}

/** Says that a dialog is open, until the returned function is called. */
export function openLayer(name: string): () => void {
  layers.push(name);
  return () => {
    const at = layers.lastIndexOf(name);
    if (at >= 0) layers.splice(at, 1);
  };
}

/** Whether keys of one letter, digit or sign act at all. Some speak to their machine, and it types. */
export function singleKeys(): boolean {
  watchSingles();
  return singles;
}

export function setSingleKeys(on: boolean): void {
  singles = on;
  singlesChanged?.();
  try {
    localStorage.setItem("single-keys", on ? "on" : "off");
  } catch {
    // Storage is forbidden: the choice lasts as long as the page.
  }
}

/** Listens for keys, until the returned function is called. Once, from main.ts, before anything is there. */
export function listen(): () => void {
  const pressed = (event: KeyboardEvent): void => {
    handle(event);
    // A digit names a text that nobody sees yet.
    if (event.repeat || modifiers.includes(event.key) || /^(Digit|Numpad)\d$/.test(event.code)) return;
    const isEarly = loading > 0 && topLayer() === undefined && event.key !== "Escape" && !isLeftAlone(event);
    early = isEarly ? [...early, event] : [];
  };
  const forget = (): void => {
    early = [];
  };
  const leaving = new AbortController();
  const { signal } = leaving;
  window.addEventListener("keydown", pressed, { signal });
  window.addEventListener("pointerdown", forget, { signal, capture: true });
  window.addEventListener("popstate", forget, { signal });
  return () => {
    leaving.abort();
    last = undefined;
    early = [];
  };
}

/**
 * Presses the keys that came too early again, in their order, once everything that is being loaded is there. A key that
 * acts meanwhile, Esc, a click or a step back in the browser takes them back.
 */
export async function keepKeys(until: Promise<unknown>): Promise<void> {
  loading += 1;
  try {
    await until;
  } finally {
    loading -= 1;
  }
  if (loading > 0) return;
  const again = early;
  early = [];
  for (const event of again)
    (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent("keydown", event));
}

function rebuild(): void {
  const byKey = new Map<string, Action[]>();
  for (const action of registry.values()) {
    for (const key of keysOf(action).flatMap(spellings)) byKey.set(key, [action, ...(byKey.get(key) ?? [])]);
  }
  // Longer ones first: "g b" has to be asked before "b" takes its second half.
  const keys = [...byKey.keys()].sort((a, b) => b.split(" ").length - a.split(" ").length);
  const bindings = keys.map((key) => [
    key,
    (event: KeyboardEvent) => press(byKey.get(key) ?? [], key, event),
  ]);
  handle = createKeybindingsHandler(Object.fromEntries(bindings), { ignore: isLeftAlone });
}

/** A sign stands under Shift on some keyboards, and a digit's own key gives a sign on others, or under Shift. */
function spellings(key: string): string[] {
  const digit = /^(Shift\+)?(\d)$/.exec(key);
  if (digit) return [key, `${digit[1] ?? ""}Digit${digit[2]}`];
  const last = key.split(" ").at(-1) ?? key;
  if (key !== last || last.length !== 1 || /[a-z]/i.test(last)) return [key];
  return [`[Shift]+${last}`];
}

function press(candidates: readonly Action[], key: string, event: KeyboardEvent): void {
  const layer = topLayer();
  for (const action of candidates) {
    if (action.layer !== layer || !isEnabled(action)) continue;
    if (event.repeat && action.repeats !== true) continue;
    if (isSingle(key) && !singles) continue;
    event.preventDefault();
    if (action.repeats !== true && isBounce(event)) return;
    last = { code: event.code, at: event.timeStamp, path: location.pathname };
    const target = event.composedPath()[0];
    if (target instanceof HTMLInputElement && isTyped(target)) target.blur(); // what was typed counts
    action.run(event);
    return;
  }
}

/** Whether a key is pressed twice, and the first press led to another page: it would act on what nobody has seen. */
function isBounce({ code, timeStamp }: KeyboardEvent): boolean {
  return last?.code === code && timeStamp - last.at < BOUNCE && last.path !== location.pathname;
}

function topLayer(): string | undefined {
  const name = layers.at(-1);
  // A dialog that did not come from Dialog.svelte takes the keys too.
  return name === undefined && document.querySelector("dialog:modal") !== null ? "another" : name;
}

function isSingle(key: string): boolean {
  return key.split(" ").every((press) => /^(\[Shift\]\+|Shift\+)?.$|^(Shift\+)?Digit\d$/u.test(press));
}

function isLeftAlone(event: KeyboardEvent): boolean {
  // 229 is what browsers report for a key that an input method has taken.
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return true;
  const target = event.composedPath()[0];
  if (!(target instanceof Element)) return false;
  if (meansEverywhere(target, event)) return false;
  if (isTyped(target)) return !(event.key === "Escape" || (event.key === "Enter" && hasMod(event)));
  return isNative(target, event);
}

/** Whether Enter is pressed where an action that means the whole page may take it. */
function meansEverywhere(target: Element, event: KeyboardEvent): boolean {
  const plain = !(event.shiftKey || event.altKey || event.ctrlKey || event.metaKey);
  if (event.key !== "Enter" || !plain || topLayer() !== undefined) return false;
  if (target.closest("a[href],summary,select,textarea,dialog,[contenteditable],[role^=menu],form") !== null)
    return false;
  return [...registry.values()].some(
    (action) => action.everywhere === true && keysOf(action).includes("Enter") && isEnabled(action),
  );
}

function hasMod(event: KeyboardEvent): boolean {
  return event.ctrlKey || event.metaKey;
}

const modifiers = ["Shift", "Control", "Alt", "AltGraph", "Meta"];

const pressed = "checkbox,radio,button,submit,reset,range,color,file,image".split(",");

/** Whether letters pressed here are written. */
export function isTyped(target: Element): boolean {
  if (target instanceof HTMLInputElement) return !pressed.includes(target.type);
  return target.closest("textarea,select,[contenteditable]:not([contenteditable=false])") !== null;
}

/** Whether the element itself answers this key. */
function isNative(target: Element, event: KeyboardEvent): boolean {
  if (hasMod(event)) return false;
  if (event.key === "Enter" || event.key === " ")
    return target.closest("a[href],button,summary,input,[role=button],[role=menuitem],[role=tab]") !== null;
  if (event.key.startsWith("Arrow"))
    return target.closest("[type=range],[type=radio],[role=slider],[role=menu],[role=tablist]") !== null;
  return false;
}

function remembered(): boolean {
  try {
    return localStorage.getItem("single-keys") !== "off";
  } catch {
    return true;
  }
}

const isApple = /Mac|iP(hone|ad|od)/.test(navigator.platform);
const signs: Readonly<Record<string, string>> = {
  $mod: isApple ? "⌘" : "Ctrl",
  Alt: isApple ? "⌥" : "Alt",
  Enter: "⏎",
  Escape: "Esc",
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  " ": "Space",
};

/** The presses of a combination as a person reads them: `"$mod+Enter"` is `[["Ctrl", "⏎"]]`. */
export function shown(key: string): string[][] {
  return key.split(" ").map((press) => press.split(/(?<=.)\+/).map((part) => signs[part] ?? part));
}

/** The same for `aria-keyshortcuts`, which knows no sequences. */
export function spoken(key: string): string | undefined {
  if (key.includes(" ")) return undefined;
  return key.replace("$mod", isApple ? "Meta" : "Control");
}
