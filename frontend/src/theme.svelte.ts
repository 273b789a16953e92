/** Day, night, or as the system has it. The choice lasts; public/theme.js applies it before the first paint. */

export type Theme = "system" | "light" | "dark";

const order: readonly Theme[] = ["system", "light", "dark"];

class Choice {
  #theme = $state<Theme>(remembered());

  get theme(): Theme {
    return this.#theme;
  }

  /** Takes a theme at once, and remembers it where the browser allows that. */
  choose(theme: Theme): void {
    this.#theme = theme;
    const root = document.documentElement;
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // Storage is forbidden: the choice lasts as long as the page.
    }
  }

  next(): void {
    this.choose(order[(order.indexOf(this.#theme) + 1) % order.length] ?? "system");
  }
}

function remembered(): Theme {
  const shown = document.documentElement.dataset.theme;
  return shown === "light" || shown === "dark" ? shown : "system";
}

export const choice = new Choice();
