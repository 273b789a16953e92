// @vitest-environment jsdom
import { afterEach, expect, test, vi } from "vitest";

import { sharing } from "../src/share/sharing.svelte";

afterEach(() => vi.unstubAllGlobals());

test("what was called off does not end the waiting for what is asked for now", async () => {
  vi.stubGlobal("fetch", ({ signal }: Request) => {
    return new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error));
    });
  });
  sharing.begin({ id: 1, title: "The fog" });
  const refreshed = sharing.refresh();
  sharing.size = "square";
  sharing.outdate();
  await refreshed;
  expect(sharing.looking).toBe(true);
  sharing.close();
});

test("a text is shared under the title that a person gave it, and under none otherwise", () => {
  sharing.begin({ id: 1, title: "Salt Road", named: "Salt Road" });
  expect(sharing.title).toBe("Salt Road");
  sharing.begin({ id: 2, title: "the fog comes" });
  expect(sharing.title).toBe("");
  sharing.close();
});
