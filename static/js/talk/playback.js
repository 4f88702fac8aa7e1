/**
 * Plays the sound of an assistant as it comes, piece after piece, and knows how much of it was heard: a model speaks faster than that.
 *
 * @typedef {{item: string, milliseconds: number}} Heard
 */

const RATE = 24_000;
const LEAD_SECONDS = 0.06; // what comes late in it makes no gap
const LARGEST = 32_768;

export class Playback {
  #context = new AudioContext({ sampleRate: RATE });
  /** @type {Set<AudioBufferSourceNode>} that are to be heard still */
  #sources = new Set();
  #endsAt = 0;
  #item = "";
  /** @type {{start: number, seconds: number}[]} of the item */
  #pieces = [];
  #onend;

  /** @param {() => void} onend all that came was heard */
  constructor(onend) {
    this.#onend = onend;
    void this.#context.resume().catch(() => {});
  }

  get isPlaying() {
    return this.#sources.size > 0;
  }

  /** What follows is of this item. @param {string} item */
  begin(item) {
    this.#item = item;
    this.#pieces = [];
  }

  /** @param {ArrayBuffer} sound PCM of 16 bits, little-endian */
  play(sound) {
    const samples = new DataView(sound);
    const count = Math.floor(sound.byteLength / 2);
    if (!count) return;
    const buffer = this.#context.createBuffer(1, count, RATE);
    const channel = buffer.getChannelData(0);
    for (let at = 0; at < count; at += 1) channel[at] = samples.getInt16(2 * at, true) / LARGEST;
    const source = this.#context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.#context.destination);
    const start = Math.max(this.#endsAt, this.#context.currentTime + LEAD_SECONDS);
    this.#endsAt = start + buffer.duration;
    this.#pieces.push({ start, seconds: buffer.duration });
    this.#sources.add(source);
    source.onended = () => {
      this.#sources.delete(source);
      if (!this.isPlaying) this.#onend();
    };
    source.start(start);
  }

  /** Nothing more of it is heard. @returns {Heard | null} how much was, of what is cut off */
  silence() {
    if (!this.isPlaying) return null;
    const now = this.#context.currentTime - (this.#context.outputLatency || 0);
    const seconds = this.#pieces.reduce((sum, one) => sum + Math.min(one.seconds, Math.max(0, now - one.start)), 0);
    for (const source of this.#sources) {
      source.onended = null;
      source.stop();
    }
    this.#sources.clear();
    this.#endsAt = 0;
    return { item: this.#item, milliseconds: seconds * 1000 };
  }

  close() {
    this.silence();
    void this.#context.close().catch(() => {});
  }
}
