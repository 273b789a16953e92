// @vitest-environment jsdom
import { expect, test } from "vitest";

import { read } from "../src/router.svelte";

function page(path: string): [string, Record<string, string>] {
  const { page, params } = read(new URL(path, "http://studio"));
  return [page, { ...params }];
}

test("an address says which page, and of what", () => {
  expect(page("/")).toEqual(["breed", {}]);
  expect(page("/library")).toEqual(["library", {}]);
  expect(page("/library/short%20verse%2F2/")).toEqual(["library", { collection: "short verse/2" }]);
  expect(page("/texts/42?x=1")).toEqual(["text", { id: "42" }]);
  expect(page("/finished/42")).toEqual(["finished", { id: "42" }]);
  expect(page("/lineage")).toEqual(["lineage", {}]);
  expect(page("/lineage/42")).toEqual(["lineage", { id: "42" }]);
  expect(page("/beds")).toEqual(["beds", {}]);
});

test("an address of nothing is lost, and so is one that cannot be read", () => {
  expect(page("/nowhere")[0]).toBe("lost");
  expect(page("/texts/%E0%A4%A")[0]).toBe("lost");
});
