/** Plays one sound at a time, and only when a person asks for it. */

import { announce } from "../announcer.svelte";
import { api } from "../api/client";
import { fail } from "../notices.svelte";
import type { Text } from "../state/types";
import { liveOf } from "./live";
import { addressOf, showing, type Moved } from "./showing.svelte";
import type { Asked } from "./worklet";
import worklet from "./worklet.ts?worker&url";

class Player {
  #context: AudioContext | undefined;
  #node: AudioWorkletNode | undefined;
  /** Plays the melody of a program, which the server makes. */
  #melody: HTMLAudioElement | undefined;
  /** When it began, by the clock of the sound. */
  #began = 0;
  #asked = 0;

  /** Whether sounds can be made here; a page that came without TLS from another machine may not. */
  static get can(): boolean {
    return typeof AudioWorkletNode === "function" && isSecureContext;
  }

  /** Seconds since the sound began. */
  get position(): number {
    return this.#context === undefined ? 0 : this.#context.currentTime - this.#began;
  }

  async toggle(text: Text): Promise<void> {
    if (showing.sounding === addressOf(text)) this.stop();
    else await this.play(text);
  }

  async play(text: Text): Promise<void> {
    this.stop();
    const asked = ++this.#asked;
    const address = addressOf(text);
    showing.sounding = address;
    try {
      if (text.medium !== "sound") {
        await this.#playMelody(text, asked);
        return;
      }
      const [live, node] = await Promise.all([liveOf(text, true), this.#ready()]);
      if (asked !== this.#asked || showing.sounding !== address || !live.tape) return;
      const own = Object.fromEntries(live.numbers.map(({ name, value }) => [name, value]));
      const numbers = { ...own, ...showing.moved.get(address) };
      this.#tell(node, { what: "play", asked, tape: live.tape, seconds: live.seconds, numbers });
      this.#began = this.#context?.currentTime ?? 0;
      announce("It plays.");
    } catch (thrown) {
      if (asked !== this.#asked) return; // it was stopped before it began
      showing.sounding = undefined;
      fail(thrown);
    }
  }

  stop(): void {
    if (showing.sounding === undefined) return;
    this.#asked++;
    showing.sounding = undefined;
    this.#melody?.pause();
    this.#tell(this.#node, { what: "stop" });
    announce("It is silent.");
  }

  async #playMelody(text: Text, asked: number): Promise<void> {
    const melody = (this.#melody ??= new Audio());
    melody.onended = () => {
      if (asked === this.#asked) showing.sounding = undefined;
    };
    melody.src = `${addressOf(text)}/render?format=wav`;
    try {
      await melody.play();
    } catch (thrown) {
      // The element does not say why; the server does, such as of a program that draws as well.
      if (asked === this.#asked) await refused(text);
      throw thrown;
    }
    announce("It plays.");
  }

  /** Moves numbers of the sound that plays. */
  move(numbers: Moved): void {
    this.#tell(this.#node, { what: "move", numbers });
  }

  #tell(node: AudioWorkletNode | undefined, asked: Asked): void {
    node?.port.postMessage(asked);
  }

  async #ready(): Promise<AudioWorkletNode> {
    this.#context ??= new AudioContext();
    await this.#context.resume();
    if (this.#node) return this.#node;
    await this.#context.audioWorklet.addModule(worklet);
    this.#node ??= new AudioWorkletNode(this.#context, "flourishing-player", {
      numberOfInputs: 0,
      outputChannelCount: [1],
    });
    this.#node.port.onmessage = ({ data }: MessageEvent<number>) => {
      if (data === this.#asked) showing.sounding = undefined; // else another has begun meanwhile
    };
    this.#node.connect(this.#context.destination);
    return this.#node;
  }
}

/** Asks for a melody once more, for the server's words on it: throws them, as a Problem. */
async function refused({ id, place }: Text): Promise<void> {
  const query = { format: "wav" };
  const parseAs = "blob" as const;
  if (place)
    await api.GET("/api/collections/{name}/items/{index}/render", {
      params: { path: place, query },
      parseAs,
    });
  else await api.GET("/api/texts/{text_id}/render", { params: { path: { text_id: id }, query }, parseAs });
}

export const canPlay = Player.can;
export const player = new Player();
