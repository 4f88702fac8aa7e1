import { BrowserVoice } from "speech/browser-voice";
import { mark } from "speech/mark";
import { ProviderVoice } from "speech/provider-voice";

/**
 * Reads an answer while the user listens without hands: by the model that speaks, where there is one, and goes on with the browser's own voice
 * where that fails.
 *
 * @typedef {object} ReadingHandlers
 * @property {(words: string) => void} onspeaking these words begin; empty where it isn't known which
 * @property {(words: string) => void} onproblem
 * @property {() => void} onend
 */
export class Reading {
  /** @type {ProviderVoice | BrowserVoice} */
  #voice;
  /** @type {Range | null} */
  #marked = null;
  #article;
  #handlers;

  /** @param {import("talk/answering").Begun} answer @param {import("parts").Parts} parts @param {ReadingHandlers} handlers */
  constructor(answer, parts, handlers) {
    this.#article = answer.article;
    this.#handlers = handlers;
    const speaks = parts.page.speaks && !parts.options.isOff("read_aloud");
    this.#voice = speaks ? new ProviderVoice(answer, this.#article, this.#heard) : new BrowserVoice(this.#article, this.#heard, null);
    this.#voice.speak();
  }

  end() {
    this.#voice.end();
    mark(null);
  }

  /** @type {import("speech/reader").VoiceHandlers} */
  #heard = {
    onmark: (range) => {
      this.#marked = range ?? this.#marked;
      if (range) mark(range);
      this.#handlers.onspeaking(range?.toString() ?? "");
    },
    onwait: () => {},
    onend: () => this.#handlers.onend(),
    onfail: (words) => this.#fail(words),
  };

  /** @param {string} words */
  #fail(words) {
    this.#handlers.onproblem(words);
    if (!(this.#voice instanceof ProviderVoice) || !("speechSynthesis" in window)) return this.#handlers.onend();
    this.#voice.end();
    this.#voice = new BrowserVoice(this.#article, this.#heard, this.#marked);
    this.#voice.speak();
  }
}
