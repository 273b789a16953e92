/** Which sheet is open over a page that breeds: one at a time, and none once the page is left. */

export type Sheet = "settings" | "prompt" | "pattern" | "write" | "take" | "others";

class Drawers {
  open = $state<Sheet>();

  toggle(sheet: Sheet): void {
    this.open = this.open === sheet ? undefined : sheet;
  }

  close(): void {
    this.open = undefined;
  }
}

export const drawers = new Drawers();
