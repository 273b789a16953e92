import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte()],
  test: { include: ["tests/**/*.test.ts"] },
  // Outside the browser Svelte's server build would be taken, in which nothing is reactive.
  resolve: { conditions: ["browser"] },
});
