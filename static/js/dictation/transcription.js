import { AWAY, textOf } from "dictation/transcribing";

/**
 * The text of one recording, asked for until it is there: by itself after a pause, and once the connection is back, while that may help.
 *
 * @typedef {object} TranscriptionHandlers
 * @property {() => void} onask
 * @property {(text: string) => void} ontext
 * @property {(words: string, retry: boolean) => void} onfail `retry`: the same recording may be transcribed another time
 */

const FIRST_PAUSE_MS = 3_000;
const LONGEST_PAUSE_MS = 60_000;
const MOST_BY_ITSELF = 4; // requests that a server that is there has failed

export class Transcription {
  #ending = new AbortController();
  #isAsking = false;
  #failures = 0;
  #timer = 0; // until it asks by itself

  /** @param {Parameters<typeof textOf>[0]} recording @param {TranscriptionHandlers} handlers */
  constructor(recording, handlers) {
    this.recording = recording;
    this.handlers = handlers;
    addEventListener("online", () => this.#again(), { signal: this.#ending.signal });
  }

  /** Unless it is being asked for. */
  async ask() {
    if (this.#isAsking) return;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.handlers.onask();
    this.#isAsking = true;
    const outcome = await textOf(this.recording, this.#ending.signal).catch(() => null);
    this.#isAsking = false;
    if (!outcome || this.#ending.signal.aborted) return;
    if ("text" in outcome) return this.handlers.ontext(outcome.text);
    this.handlers.onfail(outcome.detail, outcome.retry);
    if (this.#ending.signal.aborted) return; // its failure ended it
    if (!outcome.byItself || (outcome.detail !== AWAY && this.#failures >= MOST_BY_ITSELF)) return;
    this.#timer = setTimeout(() => void this.ask(), Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures++));
  }

  /** The connection is back: at once, or soon after a request that was under way. */
  #again() {
    this.#failures = 0;
    if (this.#timer) void this.ask();
  }

  /** Its text isn't wanted any more, or is there. */
  end() {
    clearTimeout(this.#timer);
    this.#ending.abort();
  }
}
