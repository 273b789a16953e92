/**
 * Which page is shown, by the address alone: the server answers every one of these paths with the same
 * index.html, so a page can be bookmarked, opened in a second tab and reached with the browser's own arrows.
 */

export type PageName =
  | "breed"
  | "refine"
  | "library"
  | "text"
  | "finished"
  | "lineage"
  | "beds"
  | "runs"
  | "run"
  | "models"
  | "lost";

export interface Route {
  readonly page: PageName;
  /** What the path names: a collection, a text's id. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly path: string;
}

const paths: readonly (readonly [RegExp, PageName])[] = [
  [/^\/$/, "breed"],
  [/^\/refine$/, "refine"],
  [/^\/beds\/(?<bed>[1-9]\d{0,14})$/, "breed"],
  [/^\/beds\/(?<bed>[1-9]\d{0,14})\/refine$/, "refine"],
  [/^\/library(?:\/(?<collection>[^/]+))?$/, "library"],
  [/^\/texts\/(?<id>[^/]+)$/, "text"],
  [/^\/finished\/(?<id>[^/]+)$/, "finished"],
  [/^\/lineage(?:\/(?<id>[^/]+))?$/, "lineage"],
  [/^\/beds$/, "beds"],
  [/^\/runs$/, "runs"],
  [/^\/runs\/(?<name>[^/]+)$/, "run"],
  [/^\/models$/, "models"],
];

/** Gives the address of a bed on the page that breeds from it, or refines a text in it. */
export function bedPath(id: number, page: "breed" | "refine" = "breed"): string {
  return `/beds/${id}${page === "refine" ? "/refine" : ""}`;
}

/** What a path and its query ask for. */
export function read(address: URL): Route {
  const path = address.pathname.replace(/(.)\/+$/, "$1");
  for (const [pattern, page] of paths) {
    const found = pattern.exec(path);
    if (found === null) continue;
    const params = unescaped(found.groups ?? {});
    if (params !== undefined) return { page, params, query: address.searchParams, path };
  }
  return { page: "lost", params: {}, query: address.searchParams, path };
}

function unescaped(groups: Record<string, string | undefined>): Record<string, string> | undefined {
  const named = Object.entries(groups).filter((entry): entry is [string, string] => entry[1] !== undefined);
  try {
    return Object.fromEntries(named.map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch {
    return undefined; // a lone % in the address
  }
}

class Router {
  #route = $state.raw<Route>(read(new URL(location.href)));
  #place = placeOf(history.state);
  #places = new Map<string, number>();

  get route(): Route {
    return this.#route;
  }

  /** Goes to a path of the studio. `replace` leaves no step back, as for words typed into a search. */
  go(path: string, { replace = false }: { replace?: boolean } = {}): void {
    const address = new URL(path, location.href);
    this.#places.set(this.#place, scrollY);
    if (!replace) this.#place = crypto.randomUUID?.() ?? String(performance.now());
    history[replace ? "replaceState" : "pushState"]({ place: this.#place }, "", address);
    this.#route = read(address);
  }

  /** Where the page stood when it was left, for a step back; the top for a new one. */
  get scroll(): number {
    return this.#places.get(this.#place) ?? 0;
  }

  /** Listens to the browser's arrows and to plain clicks on the studio's own links, until called again. */
  listen(): () => void {
    history.scrollRestoration = "manual";
    const back = (event: PopStateEvent): void => {
      this.#places.set(this.#place, scrollY);
      this.#place = placeOf(event.state);
      this.#route = read(new URL(location.href));
    };
    const click = (event: MouseEvent): void => {
      const path = followed(event);
      if (path === undefined) return;
      event.preventDefault();
      this.go(path);
    };
    window.addEventListener("popstate", back);
    document.addEventListener("click", click);
    return () => {
      window.removeEventListener("popstate", back);
      document.removeEventListener("click", click);
    };
  }
}

function placeOf(state: unknown): string {
  return typeof state === "object" && state !== null && "place" in state ? String(state.place) : "first";
}

function followed(event: MouseEvent): string | undefined {
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (!plain || event.defaultPrevented || !(event.target instanceof Element)) return undefined;
  const link = event.target.closest<HTMLAnchorElement>("a[href]");
  if (link === null || link.target !== "" || link.hasAttribute("download")) return undefined;
  if (link.origin !== location.origin || link.getAttribute("href")?.startsWith("#")) return undefined;
  const route = read(new URL(link.href));
  return route.page === "lost" ? undefined : link.pathname + link.search + link.hash;
}

export const router = new Router();
