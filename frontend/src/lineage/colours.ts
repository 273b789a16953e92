/** The tokens' colours as a canvas wants them: what `light-dark()` comes to just now. */

const names = [
  ...["paper", "leaf", "shadow-paper", "grow-tint", "person-tint"],
  ...["ink", "soft", "faint", "grow", "person", "rule", "edge"],
] as const;

export type Colours = Readonly<Record<string, string>>;

/** Reads the colours that hold inside an element. */
export function coloursIn(box: HTMLElement): Colours {
  const probe = document.createElement("span");
  probe.hidden = true;
  box.append(probe);
  const found = names.map((name) => {
    probe.style.setProperty("color", `var(--${name})`);
    return [name, getComputedStyle(probe).color] as const;
  });
  probe.remove();
  return Object.fromEntries(found);
}

/** Calls back whenever day turns to night, by the system or by the page's own button; until called. */
export function onTheme(changed: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const page = new MutationObserver(changed);
  page.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  system.addEventListener("change", changed);
  return () => {
    page.disconnect();
    system.removeEventListener("change", changed);
  };
}
