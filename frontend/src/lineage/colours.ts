/** The tokens' colours as a canvas wants them: what `light-dark()` comes to just now. */

const names = [
  ...["paper", "leaf", "shadow-paper", "grow-tint", "person-tint"],
  ...["ink", "soft", "faint", "grow", "person", "rule", "edge"],
] as const;

/** The same where a person has colours of their own. */
const own: Readonly<Record<string, string>> = {
  ...{
    paper: "Canvas",
    leaf: "Canvas",
    "shadow-paper": "Canvas",
    "grow-tint": "Canvas",
    "person-tint": "Canvas",
  },
  ...{ ink: "CanvasText", soft: "CanvasText", faint: "GrayText", rule: "GrayText", edge: "CanvasText" },
  ...{ grow: "Highlight", person: "LinkText" },
};

export type Colours = Readonly<Record<string, string>>;

/** Reads the colours that hold inside an element. */
export function coloursIn(box: HTMLElement): Colours {
  const probe = document.createElement("span");
  probe.hidden = true;
  probe.style.setProperty("forced-color-adjust", "none");
  const forced = matchMedia("(forced-colors: active)").matches;
  box.append(probe);
  const found = names.map((name) => {
    probe.style.setProperty("color", (forced && own[name]) || `var(--${name})`);
    return [name, getComputedStyle(probe).color] as const;
  });
  probe.remove();
  return Object.fromEntries(found);
}

/** Calls back whenever day turns to night, by the system or by the page's own button; until called. */
export function onTheme(changed: () => void): () => void {
  const systems = ["(prefers-color-scheme: dark)", "(forced-colors: active)"].map((query) =>
    matchMedia(query),
  );
  const page = new MutationObserver(changed);
  page.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  for (const system of systems) system.addEventListener("change", changed);
  return () => {
    page.disconnect();
    for (const system of systems) system.removeEventListener("change", changed);
  };
}
