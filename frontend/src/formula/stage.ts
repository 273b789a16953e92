/**
 * Draws all pictures and animations of the page with one WebGL context, since browsers allow few: each is drawn there, and
 * copied to the canvas of its card. Only what is in view is drawn, and only what moves more than once.
 *
 * Where it takes too long, the frames of some cards wait for the next turn, and moving pictures get fewer pixels; a still
 * one never does.
 */

import type { Live } from "./live";
import type { Moved } from "./showing.svelte";

/** Milliseconds of a frame in which it may be drawn. */
const BUDGET = 10;
/** Additions that one picture may cost in a frame, roughly; a still one is drawn once, and may cost more. */
const MOVING = 3e8;
const STILL = 3e9;
const LEAST = 64;
const MOST = 4096;
/** Shaders that are kept compiled. */
const PROGRAMS = 64;
/** A frame that takes longer is late, in milliseconds; after so many late ones there are fewer pixels. */
const LATE = 24;
const PATIENCE = 20;
const COARSEST = 0.4;

const VERTICES = `#version 300 es
void main() {
  gl_Position = vec4(gl_VertexID == 1 ? 3 : -1, gl_VertexID == 2 ? 3 : -1, 0, 1);
}`;

/** What a card has drawn. */
export class Scene {
  live: Live | undefined;
  numbers: Moved = {};
  moving = false;
  inView = false;
  /** Seconds since its beginning. */
  time: number;
  /** Whether it has to be drawn, though it does not move. */
  stale = true;
  /** The turn in which it was last drawn. */
  turn = 0;

  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly failed: () => void,
    begin: number,
  ) {
    this.time = begin;
  }

  /** The side in pixels that it is drawn with. */
  side(quality: number): number {
    const wanted = (this.canvas.clientWidth || LEAST) * devicePixelRatio * (this.moving ? quality : 1);
    const most = Math.sqrt((this.moving ? MOVING : STILL) / Math.max(1, this.live?.cost ?? 1));
    return Math.round(Math.max(LEAST, Math.min(wanted, most, MOST)));
  }
}

/** Shaders that are compiled beside the page. */
interface Parallel {
  readonly COMPLETION_STATUS_KHR: number;
}

interface Program {
  readonly program: WebGLProgram;
  readonly places: Map<string, WebGLUniformLocation | null>;
  state: "compiling" | "ready" | "failed";
}

export class Stage {
  static #here: Stage | null | undefined;

  readonly #canvas: HTMLCanvasElement;
  readonly #gl: WebGL2RenderingContext;
  readonly #parallel: Parallel | null;
  readonly #programs = new Map<string, Program>();
  readonly #scenes = new Set<Scene>();
  #vertices: WebGLShader | undefined;
  #asked: number | undefined;
  #turn = 1;
  #last = 0;
  #late = 0;
  #quality = 1;

  /** The stage of the page; undefined where there is no WebGL 2. */
  static here(): Stage | undefined {
    if (Stage.#here === undefined) {
      const canvas = document.createElement("canvas");
      const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, depth: false });
      Stage.#here = gl && new Stage(canvas, gl);
    }
    return Stage.#here ?? undefined;
  }

  private constructor(canvas: HTMLCanvasElement, gl: WebGL2RenderingContext) {
    this.#canvas = canvas;
    this.#gl = gl;
    this.#parallel = gl.getExtension("KHR_parallel_shader_compile") as Parallel | null;
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault(); // so that it comes back
      this.#programs.clear();
      this.#vertices = undefined;
    });
    canvas.addEventListener("webglcontextrestored", () =>
      this.#scenes.forEach((scene) => this.redraw(scene)),
    );
  }

  add(scene: Scene): () => void {
    this.#scenes.add(scene);
    this.redraw(scene);
    return () => this.#scenes.delete(scene);
  }

  /** Draws a scene in the next frame. */
  redraw(scene: Scene): void {
    scene.stale = true;
    this.#ask();
  }

  #ask(): void {
    this.#asked ??= requestAnimationFrame((now) => this.#frame(now));
  }

  #frame(now: number): void {
    this.#asked = undefined;
    const passed = now - this.#last;
    this.#last = now;
    const seen = [...this.#scenes].filter((scene) => scene.inView && scene.live !== undefined);
    const moving = seen.filter((scene) => scene.moving);
    for (const scene of moving) {
      scene.time += Math.min(passed, 250) / 1000;
      scene.stale = true;
    }
    if (moving.length > 0) this.#watch(passed);
    const begin = performance.now();
    this.#turn++;
    for (const scene of seen.filter(({ stale }) => stale).sort((a, b) => a.turn - b.turn)) {
      if (this.#draw(scene)) scene.turn = this.#turn;
      if (performance.now() - begin > BUDGET) break;
    }
    if (seen.some(({ stale, moving: moves }) => stale || moves)) this.#ask();
  }

  /** Takes fewer pixels where frames come late again and again. */
  #watch(passed: number): void {
    if (passed > 500) return; // the page was out of sight
    this.#late = Math.max(0, this.#late + (passed > LATE ? 1 : -1));
    if (this.#late < PATIENCE || this.#quality <= COARSEST) return;
    this.#late = 0;
    this.#quality = Math.max(COARSEST, this.#quality * 0.8);
  }

  #draw(scene: Scene): boolean {
    const gl = this.#gl;
    const to = scene.canvas.getContext("2d");
    if (to === null || !scene.live?.shader || gl.isContextLost()) return false;
    const its = this.#program(scene.live.shader);
    if (its.state === "compiling") return false;
    scene.stale = false;
    if (its.state === "failed") {
      scene.failed();
      return false;
    }
    const side = scene.side(this.#quality);
    const { canvas } = this.#gl;
    if (canvas.width < side || canvas.height < side) canvas.width = canvas.height = side;
    gl.viewport(0, 0, side, side);
    gl.useProgram(its.program);
    gl.uniform2f(this.#place(its, "size"), side, side);
    gl.uniform1f(this.#place(its, "time"), scene.time);
    for (const { name, value } of scene.live.numbers)
      gl.uniform1f(this.#place(its, name), scene.numbers[name] ?? value);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    if (scene.canvas.width !== side) scene.canvas.width = scene.canvas.height = side;
    to.drawImage(this.#canvas, 0, this.#canvas.height - side, side, side, 0, 0, side, side);
    return true;
  }

  #place(its: Program, name: string): WebGLUniformLocation | null {
    const known = its.places.get(name);
    if (known !== undefined) return known;
    const found = this.#gl.getUniformLocation(its.program, name);
    its.places.set(name, found);
    return found;
  }

  #program(source: string): Program {
    const its = this.#programs.get(source) ?? this.#compile(source);
    this.#programs.delete(source); // so that those that were not used for long stand first
    this.#programs.set(source, its);
    if (its.state === "compiling" && this.#isDone(its)) {
      const linked: unknown = this.#gl.getProgramParameter(its.program, this.#gl.LINK_STATUS);
      its.state = linked ? "ready" : "failed";
    }
    return its;
  }

  #isDone(its: Program): boolean {
    if (this.#parallel === null) return true;
    return this.#gl.getProgramParameter(its.program, this.#parallel.COMPLETION_STATUS_KHR) !== false;
  }

  #compile(source: string): Program {
    const gl = this.#gl;
    const program = gl.createProgram();
    this.#vertices ??= this.#shader(gl.VERTEX_SHADER, VERTICES);
    const fragments = this.#shader(gl.FRAGMENT_SHADER, source);
    gl.attachShader(program, this.#vertices);
    gl.attachShader(program, fragments);
    gl.linkProgram(program);
    gl.deleteShader(fragments); // once the program goes
    const [oldest] = this.#programs;
    if (this.#programs.size >= PROGRAMS && oldest) {
      gl.deleteProgram(oldest[1].program);
      this.#programs.delete(oldest[0]);
    }
    return { program, places: new Map(), state: "compiling" };
  }

  #shader(type: number, source: string): WebGLShader {
    const shader = this.#gl.createShader(type);
    if (shader === null) throw new Error("The WebGL context was lost.");
    this.#gl.shaderSource(shader, source);
    this.#gl.compileShader(shader);
    return shader;
  }
}
