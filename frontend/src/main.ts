import { flushSync, mount } from "svelte";

import App from "./App.svelte";
import { keepKeys, listen } from "./keys";
import { studio } from "./state/studio.svelte";
import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";

/** Milliseconds for which the first answer is waited for. */
const PATIENCE = 120;

const target = document.getElementById("page");
if (target === null) throw new Error("index.html has lost its #page");
listen();
await keepKeys(begin(target));

async function begin(target: HTMLElement): Promise<void> {
  // A frame without its bed would be drawn only to be drawn again; but nobody waits for long before an empty page.
  await Promise.race([studio.load(), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
  target.replaceChildren();
  mount(App, { target });
  flushSync(); // the first page is on its way before the keys of the meantime are pressed again
}
