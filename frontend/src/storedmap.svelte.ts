/**
 * A map that the browser stores: it outlasts a reload and a closed browser, and is the same in all tabs.
 *
 * Where storage is forbidden or full, it lasts as long as the page.
 */

import { SvelteMap } from "svelte/reactivity";

export class StoredMap<Value> {
  readonly #prefix: string;
  readonly #most: number;
  readonly #isValue: (found: unknown) => found is Value;
  readonly #all: SvelteMap<string, Value>;

  /** Entries are stored under `prefix`; beyond `most` the oldest go; what is no value is not read. */
  constructor(prefix: string, most: number, isValue: (found: unknown) => found is Value) {
    this.#prefix = prefix;
    this.#most = most;
    this.#isValue = isValue;
    this.#all = new SvelteMap(this.#stored());
    addEventListener("storage", ({ key, newValue }) => {
      if (key === null) this.#all.clear();
      if (!key?.startsWith(prefix)) return;
      const value = this.#parsed(newValue);
      const place = key.slice(prefix.length);
      if (value === undefined) this.#all.delete(place);
      else this.#all.set(place, value);
    });
  }

  get(place: string): Value | undefined {
    return this.#all.get(place);
  }

  entries(): Iterable<[string, Value]> {
    return this.#all.entries();
  }

  set(place: string, value: Value): void {
    this.#all.delete(place); // so that the newest stands last
    this.#all.set(place, value);
    this.#save(place, value);
    for (const oldest of [...this.#all.keys()].slice(0, -this.#most)) this.delete(oldest);
  }

  delete(place: string): void {
    this.#all.delete(place);
    this.#save(place, undefined);
  }

  #stored(): [string, Value][] {
    try {
      return Object.keys(localStorage)
        .filter((key) => key.startsWith(this.#prefix))
        .flatMap((key) => {
          const value = this.#parsed(localStorage.getItem(key));
          return value === undefined ? [] : [[key.slice(this.#prefix.length), value]];
        });
    } catch {
      return [];
    }
  }

  #parsed(json: string | null): Value | undefined {
    try {
      const found: unknown = JSON.parse(json ?? "null");
      return this.#isValue(found) ? found : undefined;
    } catch {
      return undefined;
    }
  }

  #save(place: string, value: Value | undefined): void {
    try {
      if (value === undefined) localStorage.removeItem(this.#prefix + place);
      else localStorage.setItem(this.#prefix + place, JSON.stringify(value));
    } catch {
      // Storage is forbidden or full.
    }
  }
}
