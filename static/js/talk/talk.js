import { CannotRecord } from "dictation/microphone";
import { AWAY, textOf } from "dictation/transcribing";
import { find } from "dom";
import { loadStylesheet } from "stylesheet";
import { answerBegins } from "talk/answering";
import { Ear } from "talk/ear";
import { Panel } from "talk/panel";
import { Reading } from "talk/reading";

/**
 * Talks with an assistant by turns: what is said is transcribed and sent as an ordinary message, and the answer is read as it is written. Who
 * speaks while it is read stops it.
 *
 * @typedef {import("parts").Parts} Parts
 */

const LEVEL_MS = 50;
const KEPT = "The server can’t be reached. What you said is kept: try again when the connection is back.";
const NOT_UNDERSTOOD = "Nothing was understood. Say it again.";
const MICROPHONE_GONE = "The microphone went away. Connect it, and begin again.";
const NOT_SENT = "It could not be sent. End this to see why.";

/** Begin, once the microphone is allowed. @param {Parts} parts */
export async function talk(parts) {
  await loadStylesheet("talk");
  const button = find("#talk");
  try {
    await Talk.begin(parts, () => button.focus());
  } catch (error) {
    if (!(error instanceof CannotRecord)) throw error;
    parts.say(error.message, "talk");
  }
}

class Talk {
  /** @type {AbortController} of the turn: what it waits for */
  #turn = new AbortController();
  /** @type {{sound: Blob, type: string} | null} what has no text yet */
  #kept = null;
  /** @type {Reading | null} of the answer, while it is read */
  #reading = null;
  /** @type {import("talk/panel").State} */
  #state = "listening";

  /** @param {Parts} parts @param {() => void} onend */
  static async begin(parts, onend) {
    const heard = {
      onbegun: () => made.#begun(),
      ondropped: () => made.#state === "hearing" && made.#listen(),
      /** @param {Blob} sound @param {string} type */
      onutterance: (sound, type) => made.#uttered(sound, type),
      onlost: () => made.#lost(),
    };
    const made = new Talk(parts, await Ear.open(heard), onend);
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
    this.#timer = setInterval(() => this.#panel.showLevel(ear.level), LEVEL_MS);
    addEventListener("pagehide", this.#leave);
    this.#listen();
  }

  #parts;
  #ear;
  #panel;
  #timer;

  #leave = () => this.#panel.close();

  #close() {
    clearInterval(this.#timer);
    removeEventListener("pagehide", this.#leave);
    this.#silence();
    this.#ear.close();
  }

  /** Nothing is waited for and nothing is read any more. */
  #silence() {
    this.#turn.abort();
    this.#turn = new AbortController();
    this.#reading?.end();
    this.#reading = null;
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
    if (this.#state === "thinking") return;
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
    this.#kept = { sound, type };
    void this.#ask();
  }

  #retry() {
    if (this.#kept) void this.#ask();
    else this.#listen();
  }

  #lost() {
    this.#panel.close();
    this.#parts.say(MICROPHONE_GONE, "talk");
  }

  /** @param {string} words */
  #failed(words) {
    this.#silence();
    this.#panel.tell(words);
    this.#show("failed");
  }

  async #ask() {
    this.#silence();
    const { signal } = this.#turn;
    const kept = this.#kept;
    if (!kept) return;
    this.#show("thinking");
    const outcome = await textOf({ ...kept, prompt: this.#parts.options.answering }, signal).catch(() => null);
    if (signal.aborted || !outcome) return;
    if (!("text" in outcome)) return this.#failed(outcome.detail === AWAY ? KEPT : outcome.detail);
    this.#kept = null;
    if (!outcome.text) {
      this.#panel.tell(NOT_UNDERSTOOD);
      return this.#listen();
    }
    this.#panel.tell("");
    this.#panel.showYours(outcome.text);
    const { conversation } = this.#parts;
    const before = conversation.state.last?.id ?? null;
    if (!conversation.send(outcome.text)) return this.#failed(NOT_SENT);
    const answer = await answerBegins(() => conversation.state, before, signal);
    if (signal.aborted) return;
    if (typeof answer === "string") return this.#failed(answer);
    this.#read(answer);
  }

  /** @param {import("talk/answering").Begun} answer */
  #read(answer) {
    this.#reading = new Reading(answer, this.#parts, {
      onspeaking: (words) => {
        if (words) this.#panel.showAnswer(words);
        this.#ear.isHearing = true;
        this.#show("speaking");
      },
      onproblem: (words) => this.#panel.tell(words),
      onend: () => this.#listen(),
    });
  }
}
