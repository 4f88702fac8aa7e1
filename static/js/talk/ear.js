import { Loudness, letGo, recorderOf, shownLevel, withMicrophone } from "dictation/microphone";
import { SpeechDetector } from "talk/speech-detector";

/**
 * Hears what is said, one utterance after the other, each with the moment before it: a recording runs all the time, and is begun again while
 * nothing is said.
 *
 * @typedef {{
 *   onlevel: (level: number) => void, onbegun: () => void, ondropped: () => void, onutterance: (sound: Blob, type: string) => void,
 *   onlost: () => void,
 * }} EarHandlers  `onlevel`: how loud it is now, from 0 to 1; `onlost`: the microphone went
 */

const LOOK_MS = 30;
const QUIET_MS = 3_000; // of what comes before an utterance at most

export class Ear {
  #detector = new SpeechDetector();
  #began = 0;
  /** @type {MediaRecorder | null} */
  #recorder = null;
  #isOver = false;

  /** Ask for the microphone. Fails with CannotRecord. @param {EarHandlers} handlers */
  static open(handlers) {
    return withMicrophone((stream, type) => new Ear(stream, type, handlers));
  }

  /** @param {MediaStream} stream @param {string} type @param {EarHandlers} handlers */
  constructor(stream, type, handlers) {
    this.#stream = stream;
    this.#type = type;
    this.#handlers = handlers;
    this.#loudness = new Loudness(stream);
    stream.getAudioTracks()[0]?.addEventListener("ended", () => this.#isOver || handlers.onlost());
    this.#record();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  #stream;
  #type;
  #handlers;
  #loudness;
  #timer;

  /** Whether a voice comes out of the loudspeaker: then speech has to be louder. @param {boolean} is */
  set isHearing(is) {
    this.#detector.isHearing = is;
  }

  get isMuted() {
    return !this.#stream.getAudioTracks()[0]?.enabled;
  }

  /** @param {boolean} is */
  set isMuted(is) {
    for (const track of this.#stream.getAudioTracks()) track.enabled = !is;
    this.#detector.restart();
    this.#record();
  }

  /** Nothing more is heard. */
  close() {
    this.#isOver = true;
    clearInterval(this.#timer);
    this.#drop();
    letGo(this.#stream);
    this.#loudness.close();
  }

  #look() {
    const { decibels } = this.#loudness;
    this.#handlers.onlevel(this.isMuted ? 0 : shownLevel(decibels));
    if (this.isMuted) return;
    const now = performance.now();
    const event = this.#detector.hear(decibels, now);
    if (event === "begun") this.#handlers.onbegun();
    else if (event === "ended")
      this.#recorder?.stop(); // what it has comes with its end
    else if (event === "dropped") this.#handlers.ondropped();
    if (event === "dropped" || (!event && !this.#detector.isSpeaking && now - this.#began > QUIET_MS)) this.#record();
  }

  #record() {
    const before = this.#recorder;
    const recorder = recorderOf(this.#stream, this.#type);
    recorder.addEventListener("dataavailable", ({ data }) => {
      if (this.#recorder !== recorder) return; // nothing was said in it
      this.#record();
      this.#handlers.onutterance(data, recorder.mimeType);
    });
    this.#recorder = recorder;
    this.#began = performance.now();
    recorder.start();
    if (before && before.state !== "inactive") before.stop();
  }

  #drop() {
    const recorder = this.#recorder;
    this.#recorder = null;
    if (recorder && recorder.state !== "inactive") recorder.stop();
  }
}
