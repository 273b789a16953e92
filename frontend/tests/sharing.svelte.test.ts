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

test("after a picture with words, what a text shows is taken as a file of its own", async () => {
  vi.stubGlobal("fetch", ({ url }: Request) => {
    const path = new URL(url).pathname;
    if (path.endsWith("/forms")) return Promise.resolve(Response.json({ medium: "image", forms: ["png"] }));
    if (path.endsWith("/contents")) return Promise.resolve(Response.json({ names: [], models: [] }));
    return Promise.resolve(new Response(path));
  });
  sharing.begin({ id: 1, title: "The fog", medium: "image" });
  sharing.form = "picture";
  await sharing.refresh();
  expect(await (await sharing.take()).file.text()).toBe("/api/texts/1/share");
  sharing.form = "file";
  await sharing.refresh();
  expect(await (await sharing.take()).file.text()).toBe("/api/texts/1/render");
  sharing.close();
});
