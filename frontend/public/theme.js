// Before the first paint, so that nobody who chose the night is shown a white page. A file of its own,
// because the page's Content-Security-Policy allows no inline scripts. src/theme.svelte.ts writes the choice.
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is forbidden: the page follows the system.
}
