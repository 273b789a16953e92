import { expect, test } from "vitest";

import { problemOf } from "../src/api/problem";

async function hintOf(hint: string): Promise<string | undefined> {
  return (await problemOf(new Response(JSON.stringify({ title: "No.", hint }), { status: 400 }))).hint;
}

test("a hint that names a command of the terminal says what the page offers instead", async () => {
  expect(await hintOf("flourishing garden list and search show texts with their numbers.")).toBe(
    "The library finds every text.",
  );
  expect(await hintOf("See: flourishing garden beds")).toBe("The page Beds lists them all.");
});

test("any other hint is given as it is", async () => {
  expect(await hintOf("Keep a text first, or choose some.")).toBe("Keep a text first, or choose some.");
  expect(await hintOf("Run: flourishing models pull gemma")).toBe("Run: flourishing models pull gemma");
});
