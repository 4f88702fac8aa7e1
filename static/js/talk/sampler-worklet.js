/**
 * Makes of what the microphone hears PCM of 16 bits and 24 kHz, in pieces. It runs in the audio's own thread, and imports nothing.
 *
 * Each sample is the mean of what it takes the place of, so that nothing above its rate is heard as something below.
 */

const RATE = 24_000;
const PIECE = 960; // samples: 40 ms
const LARGEST = 32_767;

class Sampler extends AudioWorkletProcessor {
  #piece = new Int16Array(PIECE);
  #at = 0;
  #sum = 0;
  /** How much of a sample is missing. */
  #room = 1;
  #step = RATE / sampleRate;

  /** @param {Float32Array[][]} inputs */
  process(inputs) {
    for (const sample of inputs[0]?.[0] ?? []) this.#take(sample);
    return true;
  }

  /** @param {number} sample */
  #take(sample) {
    let step = this.#step;
    while (step >= this.#room) {
      step -= this.#room;
      this.#add(this.#sum + sample * this.#room);
      this.#sum = 0;
      this.#room = 1;
    }
    this.#sum += sample * step;
    this.#room -= step;
  }

  /** @param {number} value -1 to 1 */
  #add(value) {
    this.#piece[this.#at++] = Math.max(-1, Math.min(1, value)) * LARGEST;
    if (this.#at < PIECE) return;
    this.port.postMessage(this.#piece.buffer, [this.#piece.buffer]);
    this.#piece = new Int16Array(PIECE);
    this.#at = 0;
  }
}

registerProcessor("sampler", Sampler);
