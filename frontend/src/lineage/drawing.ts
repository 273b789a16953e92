/**
 * The drawing of a family, by cytoscape, which is fetched when one is first drawn.
 *
 * The server says where each text stands. Of a large family only the lines nearest to the root are drawn, and those of the
 * text that is looked at; while it is moved, a picture of it is moved.
 */

import type { Core, EdgeSingular, ElementDefinition, NodeSingular } from "cytoscape";

import { isSeen } from "../formula/showing.svelte";
import type { Colours } from "./colours";
import { cardOf, type Edge, type Kin, type Place, type Relative } from "./kin";
import { styleOf } from "./look";

const MOST_LINES = 2_500;
/** Of one text; a shipped poem has thousands of children. */
const MOST_OWN = 200;
/** More of one text are drawn fainter, or they make a wall. */
const MANY_OWN = 60;
/** Below this zoom cards cannot be read. */
const CLOSEST = 0.45;
const LARGEST = 1.15;
const MARGIN = 28;
/** From this zoom on dots have their names under them; look.ts has the size of the letters. */
const NAMED = 1.9;
const REST = 80;

interface Heard {
  chosen(id: number): void;
  pointed(id: number | undefined): void;
}

export class Drawing {
  readonly #cy: Core;
  readonly #kin: Kin;
  readonly #extent: { x: number; y: number; width: number; height: number };
  /** The size of the box when what is drawn was last put into its middle. */
  #size = { width: 0, height: 0 };

  private constructor(cy: Core, kin: Kin) {
    this.#cy = cy;
    this.#kin = kin;
    this.#extent = extentOf(kin);
  }

  static async on(box: HTMLElement, kin: Kin, colours: Colours, heard: Heard): Promise<Drawing> {
    forgoStyleElement();
    const [{ default: cytoscape }] = await Promise.all([
      import("cytoscape"),
      document.fonts.load('15px "EB Garamond"'),
    ]);
    const large = !kin.measures.cards;
    const cy = cytoscape({
      container: box,
      elements: elementsOf(kin),
      layout: { name: "preset", fit: false },
      style: styleOf(colours, kin.measures),
      minZoom: 0.01,
      maxZoom: 6,
      autoungrabify: true,
      autounselectify: true,
      boxSelectionEnabled: false,
      textureOnViewport: large,
      hideEdgesOnViewport: large,
      pixelRatio: large ? 1 : "auto",
    });
    cy.on("tap", "node", (event) => heard.chosen(idOf(event.target as NodeSingular)));
    cy.on("mouseover", "node", (event) => heard.pointed(idOf(event.target as NodeSingular)));
    cy.on("mouseout", "node", () => heard.pointed(undefined));
    const drawing = new Drawing(cy, kin);
    if (large) drawing.#nameWhatIsNear();
    drawing.begin();
    return drawing;
  }

  /** Shows all of it, or where that is too small to read, the root and what is near it. */
  begin(): void {
    this.fit();
    if (this.#cy.zoom() >= CLOSEST) return;
    const zoom = this.#kin.measures.cards ? 0.8 : 1;
    const root = this.#kin.texts.get(this.#kin.root)!;
    // The first or the last of its family stands at the edge, not in the middle of an empty half.
    const half = this.#cy.height() / zoom / 2;
    const { y, height } = this.#extent;
    const middle = Math.min(Math.max(root.y, y + half), Math.max(y + half, y + height - half));
    this.#show(zoom, { x: root.x, y: middle });
  }

  /** Shows all of it. */
  fit(): void {
    this.#cy.resize();
    // Computed from the places: cytoscape's own would measure the names of all texts first.
    const { x, y, width, height } = this.#extent;
    const zoom = Math.min(this.#cy.width() / width, this.#cy.height() / height, LARGEST);
    this.#show(zoom, { x: x + width / 2, y: y + height / 2 });
  }

  zoom(by: number): void {
    const middle = { x: this.#cy.width() / 2, y: this.#cy.height() / 2 };
    this.#cy.zoom({ level: this.#cy.zoom() * by, renderedPosition: middle });
  }

  /** Marks the text that is looked at, with the lines to its parents and children, and brings it into sight. */
  look(id: number): void {
    this.#cy.batch(() => {
      this.#cy.edges(".own").remove();
      this.#cy.nodes(".at").removeClass("at");
      this.#node(id).addClass("at");
      const own = this.#kin.edges
        .filter((edge) => edge.child === id || edge.parent === id)
        .slice(0, MOST_OWN);
      const look = own.length > MANY_OWN ? "own many" : "own";
      this.#cy.add(own.map((edge, n) => lineOf(edge, this.#kin, `own ${n}`, look)));
    });
    this.#intoSight(id);
  }

  recolour(colours: Colours): void {
    this.#cy.style(styleOf(colours, this.#kin.measures));
  }

  /** Takes the room that there is now: what was in the middle stays there, the text that is looked at in sight. */
  resize(): void {
    this.#cy.resize();
    const { width, height } = this.#size;
    this.#noteSize();
    this.#cy.panBy({ x: (this.#size.width - width) / 2, y: (this.#size.height - height) / 2 });
    const at = this.#cy.nodes(".at");
    if (at.nonempty()) this.#intoSight(idOf(at.first()));
  }

  close(): void {
    this.#cy.destroy();
  }

  /** Names dots when they are first seen from near: to measure thousands of names at once would take long. */
  #nameWhatIsNear(): void {
    let resting: ReturnType<typeof setTimeout> | undefined;
    const name = (): void => {
      if (this.#cy.destroyed() || this.#cy.zoom() < NAMED) return;
      const { x1, x2, y1, y2 } = this.#cy.extent();
      const seen = [...this.#kin.texts].filter(([, { x, y }]) => x > x1 && x < x2 && y > y1 && y < y2);
      this.#cy.batch(() => seen.forEach(([id]) => this.#node(id).addClass("named")));
    };
    this.#cy.on("viewport", () => {
      clearTimeout(resting);
      resting = setTimeout(name, REST);
    });
  }

  /** Brings a place into the middle. */
  #show(zoom: number, { x, y }: Place): void {
    const pan = { x: this.#cy.width() / 2 - x * zoom, y: this.#cy.height() / 2 - y * zoom };
    this.#cy.viewport({ zoom, pan });
    this.#noteSize();
  }

  #noteSize(): void {
    this.#size = { width: this.#cy.width(), height: this.#cy.height() };
  }

  #node(id: number): NodeSingular {
    return this.#cy.getElementById(String(id)) as unknown as NodeSingular;
  }

  #intoSight(id: number): void {
    const { x, y } = this.#node(id).renderedPosition();
    const [width, height] = [this.#cy.width(), this.#cy.height()];
    const edge = Math.min(36, width / 5, height / 5);
    const by = (at: number, most: number): number => (at < edge || at > most - edge ? most / 2 - at : 0);
    this.#cy.panBy({ x: by(x, width), y: by(y, height) });
  }
}

/** Cytoscape puts a <style> into the page, which the content security policy forbids, unless it is there already. */
function forgoStyleElement(): void {
  const id = "__________cytoscape_stylesheet";
  if (document.getElementById(id) !== null) return;
  const stands = document.createElement("meta");
  stands.id = id;
  document.head.append(stands);
}

function extentOf(kin: Kin): { x: number; y: number; width: number; height: number } {
  const size = kin.measures;
  const [left, top, right, bottom] = [...kin.texts.values()].reduce(
    ([l, t, r, b], { x, y }) => [Math.min(l, x), Math.min(t, y), Math.max(r, x), Math.max(b, y)] as const,
    [Infinity, Infinity, -Infinity, -Infinity] as readonly [number, number, number, number],
  );
  const [wide, high] = [size.width + 2 * MARGIN, size.height + 2 * MARGIN];
  return { x: left - wide / 2, y: top - high / 2, width: right - left + wide, height: bottom - top + high };
}

function idOf(node: NodeSingular | EdgeSingular): number {
  return Number(node.id());
}

function elementsOf(kin: Kin): ElementDefinition[] {
  const nodes = [...kin.texts.values()].map((text) => ({
    group: "nodes" as const,
    data: { id: String(text.id), name: cardOf(text), ...pictureOf(text) },
    position: { x: text.x, y: text.y },
    classes: classesOf(text, kin.root),
  }));
  const lines = kin.nearest(MOST_LINES).map((edge, n) => lineOf(edge, kin, `line ${n}`));
  return [...nodes, ...lines];
}

function classesOf(text: Relative, root: number): string[] {
  const dim = text.flawed || text.marks.includes("drop");
  const drawn = "picture" in pictureOf(text) ? ["drawn"] : [];
  const pile = text.behind.length > 0;
  return [
    text.kind,
    ...drawn,
    ...text.marks,
    ...(dim && !pile ? ["dim"] : []),
    ...(pile ? ["pile"] : []),
    ...(text.id === root ? ["root"] : []),
  ];
}

/** Where the picture of a text is; nothing for what is to be read. */
function pictureOf({ id, medium }: Relative): { picture?: string } {
  if (!isSeen(medium)) return {};
  return { picture: `/api/texts/${id}/render?size=128&format=png` };
}

function lineOf(edge: Edge, kin: Kin, id: string, classes: string = edge.role): ElementDefinition {
  const of = Math.max(edge.place + 1, kin.parents(edge.child).length);
  return {
    group: "edges",
    data: {
      id,
      source: String(edge.parent),
      target: String(edge.child),
      // The best parent, the last of the prompt, has the strongest line.
      strength: (edge.place + 1) / of,
      bend: bendOf(kin.texts.get(edge.parent)!, kin.texts.get(edge.child)!, kin.measures.height),
    },
    classes,
  };
}

/** The two control points of a line that leaves downwards and arrives from above, as cytoscape wants them. */
function bendOf(from: Place, to: Place, height: number): { weights: string; distances: string } {
  const [dx, dy] = [to.x - from.x, to.y - from.y - height];
  const square = dx * dx + dy * dy || 1;
  const off = (dx * dy) / 2 / Math.sqrt(square);
  const first = (dy * dy) / 2 / square;
  return { weights: `${first} ${1 - first}`, distances: `${off} ${-off}` };
}
