/** The page's own words in the browser's tab: `setTitle(text.title)`; App.svelte clears them on each way. */

class Title {
  words = $state("");
}

export const title = new Title();

export function setTitle(words: string): void {
  title.words = words;
}
