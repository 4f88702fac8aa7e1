import { letGo, shownLevel, withMicrophone } from "dictation/microphone";

/**
 * The microphone, as pieces of PCM.
 *
 * @typedef {{onsound: (sound: ArrayBuffer) => void, onlevel: (level: number) => void, onlost: () => void}} SamplerHandlers
 *   `onlevel`: how loud it is now, from 0 to 1; `onlost`: the microphone went
 */
const LARGEST = 32_768;

export class Sampler {
  #isOver = false;

  /** Ask for the microphone. Fails with CannotRecord. @param {string} worklet its address @param {SamplerHandlers} handlers */
  static open(worklet, handlers) {
    return withMicrophone(async (stream) => {
      const context = new AudioContext();
      try {
        await context.audioWorklet.addModule(worklet);
        return new Sampler(stream, context, handlers);
      } catch (error) {
        letGo(stream);
        void context.close().catch(() => {});
        throw error;
      }
    });
  }

  /** @param {MediaStream} stream @param {AudioContext} context @param {SamplerHandlers} handlers */
  constructor(stream, context, handlers) {
    this.#stream = stream;
    this.#context = context;
    const node = new AudioWorkletNode(context, "sampler");
    node.port.onmessage = ({ data }) => {
      if (this.#isOver) return;
      handlers.onlevel(this.isMuted ? 0 : shownLevel(decibels(data)));
      handlers.onsound(data);
    };
    context.createMediaStreamSource(stream).connect(node).connect(context.destination); // of which nothing is heard: some browsers need it
    void context.resume().catch(() => {});
    stream.getAudioTracks()[0]?.addEventListener("ended", () => this.#isOver || handlers.onlost());
  }

  #stream;
  #context;

  get isMuted() {
    return !this.#stream.getAudioTracks()[0]?.enabled;
  }

  /** Silence is sent on: by it the provider tells that something was said to its end. @param {boolean} is */
  set isMuted(is) {
    for (const track of this.#stream.getAudioTracks()) track.enabled = !is;
  }

  close() {
    this.#isOver = true;
    letGo(this.#stream);
    void this.#context.close().catch(() => {});
  }
}

/** @param {ArrayBuffer} sound */
function decibels(sound) {
  const samples = new Int16Array(sound);
  const mean = samples.reduce((sum, sample) => sum + (sample / LARGEST) ** 2, 0) / samples.length;
  return 10 * Math.log10(mean + 1e-9);
}
