import { languageOf, sentencesOf } from "speech/sentences";

/**
 * Reads an answer aloud by the browser’s own voices, sentence by sentence.
 *
 * @typedef {import("speech/reader").VoiceHandlers} VoiceHandlers
 */

const SILENT_MS = 8_000; // some browsers without a voice neither begin nor fail
const LOOK_AGAIN_MS = 300;
const NO_VOICE = "Your browser can’t read this aloud: it has no voice for it. Install one in the system’s settings for speech.";

export class BrowserVoice {
  #at = 0;
  #rate = 1;
  /** @type {SpeechSynthesisUtterance | null} what is spoken now */
  #spoken = null;
  #timer = 0;

  /** @param {HTMLElement} article @param {VoiceHandlers} handlers @param {Range | null} from where another voice has come to */
  constructor(article, handlers, from) {
    this.article = article;
    this.handlers = handlers;
    const before = from ? sentencesOf(article).findIndex(({ range }) => range.compareBoundaryPoints(Range.START_TO_END, from) > 0) : 0;
    this.#at = Math.max(0, before);
  }

  /** What is spoken begins again with it. @param {number} rate */
  setRate(rate) {
    this.#rate = rate;
    if (!this.#spoken) return;
    this.silence();
    this.speak();
  }

  /** The answer may have been drawn again meanwhile: where its sentences stand is looked up for each. */
  speak() {
    clearTimeout(this.#timer);
    const sentences = sentencesOf(this.article);
    const isGrowing = this.article.getAttribute("aria-busy") === "true"; // its last sentence may go on
    const sentence = sentences[this.#at];
    if (isGrowing && this.#at >= sentences.length - 1) {
      this.handlers.onwait();
      this.#timer = setTimeout(() => this.speak(), LOOK_AGAIN_MS);
      return;
    }
    if (!sentence) return this.handlers.onend();
    const spoken = new SpeechSynthesisUtterance(sentence.text);
    spoken.lang = languageOf(sentence.text);
    spoken.rate = this.#rate;
    this.#spoken = spoken;
    spoken.addEventListener("start", () => clearTimeout(this.#timer));
    spoken.addEventListener("end", () => {
      if (spoken !== this.#spoken) return; // it was broken off
      this.#at += 1;
      this.speak();
    });
    spoken.addEventListener("error", () => spoken === this.#spoken && this.handlers.onfail(NO_VOICE));
    this.#timer = setTimeout(() => this.handlers.onfail(NO_VOICE), SILENT_MS);
    this.handlers.onmark(sentence.range);
    speechSynthesis.speak(spoken);
  }

  /** Pausing would stop some voices for good: what is read is broken off, and its sentence begins again. */
  silence() {
    this.#spoken = null;
    clearTimeout(this.#timer);
    speechSynthesis.cancel();
  }

  end() {
    this.silence();
  }
}
