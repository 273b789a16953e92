/** Draws the archive of a run as squares: the better the text, the deeper the green. */

import type { Elite, Run, Spot } from "./elites";

/** The most pictures that are shown in their squares. */
const MOST_PICTURES = 200;
/** The least pixels of a square with a picture. */
const LEAST_PICTURE = 26;

export interface Look {
  /** What of the elites a person marked, by the numbers of the texts. */
  readonly pinned: ReadonlySet<number>;
  readonly dropped: ReadonlySet<number>;
  readonly chosen: ReadonlySet<number>;
  readonly bends: Run["bends"];
}

/** Gives the pixels of a square, for a box of this width and height. */
export function sizeOf(run: Run, width: number, height: number): number {
  return Math.max(2, Math.min(width / run.columns, height / run.rows, 72));
}

/** Gives the square under a point of the canvas, whose first row is the lowest. */
export function spotAt(run: Run, size: number, x: number, y: number): Spot {
  const column = Math.floor(x / size);
  const row = run.rows - 1 - Math.floor(y / size);
  return [clamp(column, run.columns), clamp(row, run.rows)];
}

function clamp(n: number, most: number): number {
  return Math.min(Math.max(n, 0), most - 1);
}

/** Draws everything. Ten thousand squares take a few milliseconds; what only moves is drawn elsewhere. */
export function draw(
  canvas: HTMLCanvasElement,
  run: Run,
  squares: ReadonlyMap<number, Elite>,
  look: Look,
  size: number,
  pictures: Pictures,
): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const scale = devicePixelRatio || 1;
  const [width, height] = [run.columns * size, run.rows * size];
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  context.scale(canvas.width / width, canvas.height / height);
  const style = getComputedStyle(canvas);
  context.fillStyle = style.backgroundColor;
  context.fillRect(0, 0, width, height);
  const gap = size >= 6 ? 1 : 0;
  const [low, high] = span(squares.values());
  const shown = isPictures(run, squares, size);
  for (const elite of squares.values()) {
    const share = high > low ? (elite.quality - low) / (high - low) : 1;
    const [left, top] = [elite.x * size, (run.rows - 1 - elite.y) * size];
    context.globalAlpha = look.dropped.has(elite.text) ? 0.12 : 0.22 + 0.78 * share;
    context.fillStyle = style.color;
    context.fillRect(left, top, size - gap, size - gap);
    const image = shown ? pictures.of(elite.text, size) : undefined;
    if (image) {
      context.globalAlpha = look.dropped.has(elite.text) ? 0.3 : 1;
      context.drawImage(image, left, top, size - gap, size - gap);
    }
    context.globalAlpha = 1;
    mark(context, elite, look, style, left, top, size - gap);
  }
  context.strokeStyle = style.caretColor;
  context.lineWidth = 2;
  for (const [x = 0, y = 0] of look.bends) {
    context.strokeRect(x * size + 1, (run.rows - 1 - y) * size + 1, size - gap - 2, size - gap - 2);
  }
}

/** Marks what a person did: a corner for pinned, a cross for dropped, an edge for chosen, a dot for their own. */
function mark(
  context: CanvasRenderingContext2D,
  { text, own }: Elite,
  look: Look,
  style: CSSStyleDeclaration,
  left: number,
  top: number,
  side: number,
): void {
  context.fillStyle = context.strokeStyle = style.caretColor;
  if (own) {
    context.beginPath();
    context.arc(left + side / 2, top + side / 2, Math.max(1, side / 7), 0, 7);
    context.fill();
    if (side >= 12) {
      context.lineWidth = 2; // a ring of the ground, so that it is seen on a picture and on green
      context.strokeStyle = style.backgroundColor;
      context.stroke();
      context.strokeStyle = style.caretColor;
    }
  }
  if (look.pinned.has(text)) {
    const corner = Math.max(2, side * 0.4);
    context.beginPath();
    context.moveTo(left + side - corner, top);
    context.lineTo(left + side, top);
    context.lineTo(left + side, top + corner);
    context.fill();
  }
  if (look.dropped.has(text)) {
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(left, top);
    context.lineTo(left + side, top + side);
    context.stroke();
  }
  if (look.chosen.has(text)) {
    context.lineWidth = 2;
    context.strokeStyle = style.outlineColor;
    context.strokeRect(left + 1, top + 1, side - 2, side - 2);
  }
}

/** The least and the highest quality there is: most runs use a small part of the range. */
function span(elites: Iterable<Elite>): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const { quality } of elites) [low, high] = [Math.min(low, quality), Math.max(high, quality)];
  return [low, high];
}

function isPictures(run: Run, squares: ReadonlyMap<number, Elite>, size: number): boolean {
  const seen = run.medium === "image" || run.medium === "animation";
  return seen && size >= LEAST_PICTURE && squares.size <= MOST_PICTURES;
}

/** Pictures of texts, each fetched once; `onload` is called when one is there. */
export class Pictures {
  readonly #images = new Map<number, HTMLImageElement>();
  readonly #onload: () => void;

  constructor(onload: () => void) {
    this.#onload = onload;
  }

  of(text: number, size: number): HTMLImageElement | undefined {
    let image = this.#images.get(text);
    if (image === undefined) {
      image = new Image();
      image.onload = this.#onload;
      image.src = `/api/texts/${text}/render?format=png&size=${size > 48 ? 128 : 64}`;
      this.#images.set(text, image);
    }
    return image.complete && image.naturalWidth > 0 ? image : undefined;
  }
}
