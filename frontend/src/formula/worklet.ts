/** Plays a tape, where sound is made: it is read step by step, and no code is made of it. */

import { Safe } from "./safe";
import { BLOCK, Interpreter, type Tape } from "./tape";

declare const sampleRate: number;
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

/** What the page asks for. */
export type Asked =
  | {
      readonly what: "play";
      /** Which act of playing it is; it is said again at its end. */
      readonly asked: number;
      readonly tape: Tape;
      readonly seconds: number;
      readonly numbers: Numbers;
    }
  | { readonly what: "move"; readonly numbers: Numbers }
  | { readonly what: "stop" };
type Numbers = Readonly<Record<string, number>>;

/** Seconds of the fade at either end. */
const FADE = 0.01;

class Player extends AudioWorkletProcessor {
  #sound: Interpreter | undefined;
  #asked = 0;
  #safe = new Safe(sampleRate);
  #at = 0;
  #end = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<Asked>) => this.#hear(data);
  }

  #hear(asked: Asked): void {
    if (asked.what === "play") {
      this.#sound = new Interpreter(asked.tape);
      this.#asked = asked.asked;
      this.#safe = new Safe(sampleRate);
      this.#at = 0;
      this.#end = Math.round(asked.seconds * sampleRate);
    }
    if (asked.what === "stop") this.#end = Math.min(this.#end, this.#at + Math.round(FADE * sampleRate));
    else for (const [name, value] of Object.entries(asked.numbers)) this.#sound?.set(name, value);
  }

  process(_: Float32Array[][], [channels]: [Float32Array[]]): boolean {
    const out = channels[0];
    if (out === undefined || this.#sound === undefined) return true;
    const fade = FADE * sampleRate;
    for (let done = 0; done < out.length; done += BLOCK) {
      const levels = this.#sound.levels(this.#at / sampleRate, 1 / sampleRate);
      for (let place = 0; place < BLOCK && done + place < out.length; place++, this.#at++) {
        const share = Math.max(0, Math.min(1, this.#at / fade, (this.#end - this.#at) / fade));
        out[done + place] = share * this.#safe.next(levels[place]!);
      }
    }
    if (this.#at >= this.#end) {
      this.#sound = undefined;
      this.port.postMessage(this.#asked);
    }
    return true;
  }
}

registerProcessor("flourishing-player", Player);
