import { Ear } from "talk/ear";
import { Panel } from "talk/panel";
import { Turn } from "talk/turn";

/** Talks with an assistant by turns. A user who speaks while an answer is read stops it. @typedef {import("parts").Parts} Parts */

const NOT_UNDERSTOOD = "Nothing was understood. Say it again.";
const MICROPHONE_GONE = "The microphone went away. Connect it, and begin again.";

export class ByTurns {
  /** @type {Turn | null} that is under way */
  #turn = null;
  /** @type {import("talk/turn").Utterance | null} what has no text yet */
  #kept = null;
  /** @type {import("talk/panel").State} */
  #state = "listening";

  /** Ask for the microphone. Fails with CannotRecord. @param {Parts} parts @param {() => void} onend @param {string} [why] not otherwise */
  static async begin(parts, onend, why = "") {
    const heard = {
      /** @param {number} level */
      onlevel: (level) => made.#panel.showLevel(level),
      onbegun: () => made.#begun(),
      ondropped: () => made.#state === "hearing" && made.#listen(),
      /** @param {Blob} sound @param {string} type */
      onutterance: (sound, type) => made.#uttered(sound, type),
      onlost: () => made.#lost(),
    };
    const made = new ByTurns(parts, await Ear.open(heard), onend);
    made.#panel.tellHow(`By turns. ${why}`.trim());
  }

  /** @param {Parts} parts @param {Ear} ear @param {() => void} onend */
  constructor(parts, ear, onend) {
    this.#parts = parts;
    this.#ear = ear;
    this.#panel = new Panel({
      onmute: () => this.#toggleMute(),
      onretry: () => this.#retry(),
      onend: () => {
        this.#close();
        onend();
      },
    });
    addEventListener("pagehide", this.#leave);
    this.#listen();
  }

  #parts;
  #ear;
  #panel;

  #leave = () => this.#panel.close();

  #close() {
    removeEventListener("pagehide", this.#leave);
    this.#silence();
    this.#ear.close();
  }

  /** Nothing is waited for and nothing is read any more. */
  #silence() {
    this.#turn?.end();
    this.#turn = null;
    this.#ear.isHearing = false;
  }

  /** @param {import("talk/panel").State} state */
  #show(state) {
    this.#state = state;
    this.#panel.show(state === "listening" && this.#ear.isMuted ? "muted" : state);
  }

  #listen() {
    this.#silence();
    this.#show("listening");
  }

  #toggleMute() {
    this.#ear.isMuted = !this.#ear.isMuted;
    this.#panel.showMuted(this.#ear.isMuted);
    if (this.#state === "hearing" || this.#state === "listening") this.#listen();
  }

  /** The user begins to speak, and perhaps interrupts. */
  #begun() {
    if (this.#state === "thinking" || (this.#state === "failed" && this.#turn)) return;
    if (this.#state === "speaking") {
      this.#silence();
      if (this.#parts.conversation.state.running) this.#parts.commands.stop();
    }
    this.#panel.tell("");
    this.#show("hearing");
  }

  /** @param {Blob} sound @param {string} type */
  #uttered(sound, type) {
    if (this.#state !== "hearing") return;
    this.#take({ sound, type });
  }

  #retry() {
    if (this.#kept) this.#take(this.#kept);
    else this.#listen();
  }

  #lost() {
    this.#panel.close();
    this.#parts.say(MICROPHONE_GONE, "talk");
  }

  /** @param {string} words @param {boolean} goesOn by itself: what is said meanwhile would take its place */
  #failed(words, goesOn) {
    if (!goesOn) this.#silence();
    this.#panel.tell(words);
    this.#show("failed");
  }

  /** @param {import("talk/turn").Utterance} said */
  #take(said) {
    this.#silence();
    this.#kept = said;
    this.#turn = new Turn(said, this.#parts, {
      onask: () => this.#show("thinking"),
      ontext: (text) => this.#understood(text),
      onspeaking: (words) => this.#speaks(words),
      onproblem: (words) => this.#panel.tell(words),
      onfail: (words, goesOn) => this.#failed(words, goesOn),
      onend: () => this.#listen(),
    });
  }

  /** @param {string} text */
  #understood(text) {
    this.#kept = null;
    this.#panel.tell(text ? "" : NOT_UNDERSTOOD);
    if (text) this.#panel.showYours(text);
    else this.#listen();
  }

  /** @param {string} words of the answer; empty where it isn't known which */
  #speaks(words) {
    if (words) this.#panel.showAnswer(words);
    this.#ear.isHearing = true;
    this.#show("speaking");
  }
}
