import { Line } from "talk/line";
import { Panel } from "talk/panel";
import { adopt, placeOf } from "talk/place";
import { Playback } from "talk/playback";
import { Sampler } from "talk/sampler";

/**
 * Talks with a model that hears and speaks by itself. What is said comes into the conversation by the page's own connection.
 *
 * @typedef {import("parts").Parts} Parts @typedef {{onend: () => void, onrefused: (why: string) => void}} TalkHandlers  `onrefused`: it can't be, before anything was said
 */

const MICROPHONE_GONE = "The microphone went away. Connect it, and begin again.";
const LOST = "The connection was lost. Reconnecting …";

export class SpeechToSpeech {
  #panel;
  #playback = new Playback(() => this.#played());
  #answer = "";
  #hasBegun = false;
  #isAnswering = false;
  #isOver = false;
  /** @type {import("talk/panel").State} */
  #state = "connecting";

  /** @param {Parts} parts @param {string} worklet the sampler's address @param {TalkHandlers} handlers */
  static async begin(parts, worklet, handlers) {
    /** @type {SpeechToSpeech[]} */
    const made = [];
    const heard = {
      onlevel: (/** @type {number} */ level) => made.forEach((one) => one.#panel.showLevel(level)),
      onsound: (/** @type {ArrayBuffer} */ sound) => made.forEach((one) => one.#line.send(sound)),
      onlost: () => made.forEach((one) => one.#close(MICROPHONE_GONE)),
    };
    made.push(new SpeechToSpeech(parts, await Sampler.open(worklet, heard), handlers));
  }

  /** @param {Parts} parts @param {Sampler} sampler @param {TalkHandlers} handlers */
  constructor(parts, sampler, handlers) {
    this.#parts = parts;
    this.#sampler = sampler;
    this.#handlers = handlers;
    this.#panel = new Panel({ onmute: () => this.#toggleMute(), onretry: () => {}, onend: () => this.#ended() });
    addEventListener("pagehide", this.#leave);
    this.#show("connecting");
    this.#line = new Line({
      about: () => placeOf(parts),
      onframe: (frame) => this.#take(frame),
      onsound: (sound) => this.#play(sound),
      onlost: () => this.#lost(LOST),
      onend: (_, detail) => this.#close(detail),
    });
  }

  #line;
  #parts;
  #sampler;
  #handlers;

  #leave = () => this.#panel.close();

  /** @param {import("talk/line").TalkFrame} frame */
  #take(frame) {
    switch (frame.type) {
      case "talking":
        this.#hasBegun = true;
        this.#panel.tellHow(`Speech to speech with ${frame.model}`);
        this.#panel.tell("");
        return this.#show("listening");
      case "reconnecting":
        return this.#lost(frame.detail);
      case "speech":
        return frame.state === "begun" ? this.#interrupted() : this.#show("thinking");
      case "turn":
        this.#answer = "";
        this.#isAnswering = true;
        this.#panel.showYours("");
        return adopt(this.#parts, frame.conversation);
      case "heard":
        return this.#panel.showHeard(frame.text);
      case "speaking":
        return this.#playback.begin(frame.item);
      case "caption":
        this.#answer += frame.text;
        return this.#panel.showAnswer(this.#answer);
      case "answered":
        this.#isAnswering = false;
        this.#panel.tell(frame.problem ?? "");
        this.#played();
    }
  }

  /** The user begins to speak. */
  #interrupted() {
    const heard = this.#playback.silence();
    if (heard) this.#line.played(heard.item, heard.milliseconds);
    this.#panel.tell("");
    this.#show("hearing");
  }

  /** @param {ArrayBuffer} sound */
  #play(sound) {
    this.#playback.play(sound);
    if (this.#state !== "hearing") this.#show("speaking");
  }

  #played() {
    if (!this.#isAnswering && !this.#playback.isPlaying && this.#state !== "hearing") this.#show("listening");
  }

  /** @param {string} why */
  #lost(why) {
    this.#isAnswering = false;
    this.#playback.silence();
    this.#panel.tell(this.#hasBegun ? why : "");
    this.#show("connecting");
  }

  /** @param {import("talk/panel").State} state */
  #show(state) {
    this.#state = state;
    this.#panel.show(state === "listening" && this.#sampler.isMuted ? "muted" : state);
  }

  #toggleMute() {
    this.#sampler.isMuted = !this.#sampler.isMuted;
    this.#panel.showMuted(this.#sampler.isMuted);
    if (this.#state === "listening") this.#show("listening");
  }

  /** It is over by itself. @param {string} why */
  #close(why) {
    if (this.#isOver) return;
    const wasRefused = !this.#hasBegun;
    this.#panel.close();
    this.#ended();
    if (wasRefused && why !== MICROPHONE_GONE) this.#handlers.onrefused(why);
    else if (why) this.#parts.say(why, "talk");
  }

  #ended() {
    if (this.#isOver) return;
    this.#isOver = true;
    removeEventListener("pagehide", this.#leave);
    this.#line.close();
    this.#sampler.close();
    this.#playback.close();
    this.#handlers.onend();
  }
}
