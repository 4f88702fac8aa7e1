import { AWAY, textOf } from "dictation/transcribing";
import { answerBegins } from "talk/answering";
import { Reading } from "talk/reading";

/**
 * One turn: what the user said becomes text, which is sent as an ordinary message, and its answer is read as it is written.
 *
 * @typedef {{sound: Blob, type: string}} Utterance
 * @typedef {import("talk/reading").ReadingHandlers & {ontext: (text: string) => void, onfail: (words: string) => void}} TurnHandlers
 *   `ontext`: what was understood, perhaps nothing, with which the turn is over; `onfail`: it is over, and why
 */

const KEPT = "The server can’t be reached. What you said is kept: try again when the connection is back.";
const NOT_SENT = "It could not be sent. End this to see why.";

export class Turn {
  #ending = new AbortController();
  /** @type {Reading | null} of the answer, once it begins */
  #reading = null;
  #parts;
  #handlers;

  /** @param {Utterance} said @param {import("parts").Parts} parts @param {TurnHandlers} handlers */
  constructor(said, parts, handlers) {
    this.#parts = parts;
    this.#handlers = handlers;
    void this.#take(said);
  }

  /** Nothing is waited for and nothing is read any more. */
  end() {
    this.#ending.abort();
    this.#reading?.end();
  }

  /** @param {Utterance} said */
  async #take(said) {
    const { signal } = this.#ending;
    const { conversation, options } = this.#parts;
    const outcome = await textOf({ ...said, prompt: options.answering, conversation: conversation.state.id }, signal).catch(() => null);
    if (signal.aborted || !outcome) return;
    if (!("text" in outcome)) return this.#handlers.onfail(outcome.detail === AWAY ? KEPT : outcome.detail);
    this.#handlers.ontext(outcome.text);
    if (!outcome.text) return;
    const before = conversation.state.last?.id ?? null;
    if (!conversation.send(outcome.text)) return this.#handlers.onfail(NOT_SENT);
    const answer = await answerBegins(() => conversation.state, before, signal);
    if (signal.aborted) return;
    if (typeof answer === "string") return this.#handlers.onfail(answer);
    this.#reading = new Reading(answer, this.#parts, this.#handlers);
  }
}
