import { AWAY } from "dictation/transcribing";
import { Transcription } from "dictation/transcription";
import { answerBegins } from "talk/answering";
import { Reading } from "talk/reading";

/**
 * One turn: what the user said becomes text, which is sent as an ordinary message, and its answer is read as it is written.
 *
 * @typedef {{sound: Blob, type: string}} Utterance
 * @typedef {import("talk/reading").ReadingHandlers & {
 *   onask: () => void, ontext: (text: string) => void, onfail: (words: string, goesOn: boolean) => void,
 * }} TurnHandlers  `onask`: it is being transcribed; `ontext`: what was understood, perhaps nothing, with which the turn is over; `onfail`: why
 *   it is over, or, where it `goesOn` by itself, what it waits for
 */

const KEPT = "The server can’t be reached. What you said is kept, and answered when the connection is back.";
const NOT_SENT = "It could not be sent. End this to see why.";

export class Turn {
  #ending = new AbortController();
  /** @type {Reading | null} of the answer, once it begins */
  #reading = null;
  #parts;
  #handlers;
  #transcription;

  /** @param {Utterance} said @param {import("parts").Parts} parts @param {TurnHandlers} handlers */
  constructor(said, parts, handlers) {
    this.#parts = parts;
    this.#handlers = handlers;
    const { conversation, options } = parts;
    const recording = { ...said, prompt: options.answering, conversation: conversation.state.id };
    this.#transcription = new Transcription(recording, {
      onask: handlers.onask,
      ontext: (text) => void this.#send(text),
      onfail: (words) => handlers.onfail(words === AWAY ? KEPT : words, words === AWAY),
    });
    void this.#transcription.ask();
  }

  /** Nothing is waited for and nothing is read any more. */
  end() {
    this.#ending.abort();
    this.#transcription.end();
    this.#reading?.end();
  }

  /** @param {string} text */
  async #send(text) {
    const { signal } = this.#ending;
    const { conversation } = this.#parts;
    this.#handlers.ontext(text);
    if (!text) return;
    const before = conversation.state.last?.id ?? null;
    if (!conversation.send(text)) return this.#handlers.onfail(NOT_SENT, false);
    const answer = await answerBegins(() => conversation.state, before, signal);
    if (signal.aborted) return;
    if (typeof answer === "string") return this.#handlers.onfail(answer, false);
    this.#reading = new Reading(answer, this.#parts, this.#handlers);
  }
}
