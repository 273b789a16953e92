import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

/** Where `npm run dev` finds the studio's server (`flourishing serve --no-browser`). */
const studio = process.env.STUDIO ?? "http://127.0.0.1:8420";

// The server's Content-Security-Policy allows nothing inline and no data: addresses. So nothing is inlined
// here, however small, and the polyfill of module preloading, an inline script, stays out.
export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: "../src/flourishing/studio/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // All that the first page needs in one file: a second one would only be waited for, too.
        codeSplitting: { groups: [{ name: "studio", tags: ["$initial"] }] },
      },
    },
    license: { fileName: "licences/code.md" },
    // light-dark(), popovers and :modal are there; older browsers would get a page without colours anyway.
    target: ["chrome125", "edge125", "firefox128", "safari18"],
  },
  server: {
    proxy: { "/api": { target: studio, changeOrigin: true, headers: { origin: studio } } },
  },
});
