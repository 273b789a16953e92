// @vitest-environment jsdom
import { flushSync } from "svelte";
import { expect, test } from "vitest";

import { actionOf, actions, isEnabled, register } from "../src/keys";

const keep = { id: "keep", keys: "k", words: "Keep", scope: "Breed", run: () => undefined };

test("an effect that registers runs once, and what reads the registry follows it", () => {
  let runs = 0;
  let here = $state(true);
  let can = $state(true);
  const seen: (boolean | undefined)[] = [];
  const end = $effect.root(() => {
    $effect(() => {
      if (!here) return;
      runs++;
      return register({ ...keep, enabled: () => can }, { ...keep, id: "drop", keys: "x" });
    });
    $effect(() => {
      seen.push(actionOf("keep") && isEnabled(actionOf("keep")));
    });
  });
  flushSync();
  can = false;
  flushSync();
  expect(runs).toBe(1);
  expect(actions()).toHaveLength(2);
  here = false;
  flushSync();
  expect(actions()).toEqual([]);
  expect(seen.at(0) ?? seen.at(1)).toBe(true);
  expect(seen.slice(-2)).toEqual([false, undefined]);
  end();
});
