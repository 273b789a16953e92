import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte()],
  // One worker reads Svelte and jsdom once for all files, none of which leaves anything behind.
  test: { include: ["tests/**/*.test.ts"], isolate: false },
  // Outside the browser Svelte's server build would be taken, in which nothing is reactive.
  resolve: { conditions: ["browser"] },
});
