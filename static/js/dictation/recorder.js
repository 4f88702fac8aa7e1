import { Loudness, letGo, recorderOf, shownLevel, withMicrophone } from "dictation/microphone";

/** Records what the microphone hears, with its level. */

const PIECE_MS = 1_000;

/** @typedef {{onpiece: (sound: Blob, seconds: number) => void, onend: () => void}} RecorderHandlers  `onpiece`: all that is recorded so far */

export class Recorder {
  /** @type {Blob[]} */
  #pieces = [];
  #seconds = 0;
  #since = 0; // when it began or went on, 0 while it is paused

  /**
   * Ask for the microphone and begin. Fails with CannotRecord.
   *
   * @param {RecorderHandlers} handlers
   */
  static begin(handlers) {
    return withMicrophone((stream, type) => new Recorder(stream, type, handlers));
  }

  /** @param {MediaStream} stream @param {string} type @param {RecorderHandlers} handlers */
  constructor(stream, type, handlers) {
    this.#recorder = recorderOf(stream, type);
    this.#recorder.addEventListener("dataavailable", ({ data }) => {
      if (!data.size) return;
      this.#pieces.push(data);
      handlers.onpiece(new Blob(this.#pieces, { type: this.type }), this.seconds);
    });
    this.#recorder.addEventListener("stop", () => {
      letGo(stream);
      this.#loudness.close();
      handlers.onend();
    });
    this.#loudness = new Loudness(stream);
    this.#recorder.start(PIECE_MS);
    this.#since = performance.now();
  }

  #recorder;
  #loudness;

  /** As the browser calls what it records. */
  get type() {
    return this.#recorder.mimeType;
  }

  get seconds() {
    return this.#seconds + (this.#since ? (performance.now() - this.#since) / 1000 : 0);
  }

  get isPaused() {
    return this.#recorder.state === "paused";
  }

  /** How loud it is now, from 0 to 1; ordinary speech is about the middle. */
  get level() {
    return this.isPaused ? 0 : shownLevel(this.#loudness.decibels);
  }

  pause() {
    this.#seconds = this.seconds;
    this.#since = 0;
    this.#recorder.pause();
  }

  goOn() {
    this.#since = performance.now();
    this.#recorder.resume();
  }

  /** The last piece comes, and then `onend`. */
  end() {
    this.#seconds = this.seconds;
    this.#since = 0;
    if (this.#recorder.state !== "inactive") this.#recorder.stop();
  }
}
