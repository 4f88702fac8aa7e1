import { CannotRead, Passages } from "speech/passages";
import { placeOf } from "speech/sentences";

/**
 * Reads an answer aloud by a model: passage by passage, of which the next one is fetched while one is heard.
 *
 * @typedef {import("speech/reader").VoiceHandlers} VoiceHandlers
 * @typedef {{passage: import("speech/passages").Passage, player: HTMLAudioElement, address: string, isBeingMade: boolean}} Fetched
 */

const WAITING_MS = 250; // what takes no longer isn’t said
const BROKEN = "The sound broke off. Try again.";
const SILENT = "The browser doesn’t play this sound. Try again, or use the browser’s own voice.";

export class ProviderVoice {
  #at = 0;
  /** Of the letters that were read. */
  #letters = 0;
  #rate = 1;
  /** @type {AbortController | null} while it speaks */
  #speaking = null;
  /** One is heard while the other one fetches. */
  #players = [new Audio(), new Audio()];
  /** @type {Map<number, Promise<Fetched | null>>} by the passage’s number; null behind the last one */
  #ready = new Map();

  /** @param {import("speech/passages").Answer} answer @param {HTMLElement} article @param {VoiceHandlers} handlers */
  constructor(answer, article, handlers) {
    this.passages = new Passages(answer);
    this.article = article;
    this.handlers = handlers;
  }

  /** @param {number} rate */
  setRate(rate) {
    this.#rate = rate;
    for (const player of this.#players) player.playbackRate = player.defaultPlaybackRate = rate;
  }

  /** Begin, or go on where it was broken off. */
  speak() {
    this.#speaking?.abort();
    this.#speaking = new AbortController();
    const { signal } = this.#speaking;
    this.#run(signal).catch((error) => {
      if (signal.aborted) return;
      this.#forget();
      this.handlers.onfail(error instanceof CannotRead ? error.message : error.name === "NotSupportedError" ? SILENT : BROKEN);
    });
  }

  silence() {
    this.#speaking?.abort();
    this.#speaking = null;
    for (const player of this.#players) player.pause();
  }

  end() {
    this.silence();
    this.#forget();
  }

  #forget() {
    this.#ready.clear();
    for (const player of this.#players) player.removeAttribute("src");
  }

  /** @param {AbortSignal} signal */
  async #run(signal) {
    for (let failures = 0; ;) {
      const waiting = setTimeout(() => signal.aborted || this.handlers.onwait(), WAITING_MS);
      const fetched = await this.#fetched(this.#at, signal).finally(() => clearTimeout(waiting));
      if (signal.aborted) return;
      if (!fetched) return this.handlers.onend();
      const { passage, player, address, isBeingMade } = fetched;
      const place = placeOf(this.article, passage.text, this.#letters);
      this.handlers.onmark(place?.range ?? null);
      try {
        await player.play();
        const isWhole = isBeingMade ? Passages.isWhole(address, signal) : true;
        void this.#fetched(this.#at + 1, signal).catch(() => {}); // told when its turn comes
        await ended(player, signal);
        if (!(await isWhole)) throw new CannotRead(BROKEN);
      } catch (error) {
        if (signal.aborted || ++failures > 1 || (error instanceof DOMException && error.name === "NotAllowedError")) throw error;
        this.#forget(); // it broke off: the passage begins again
        continue;
      }
      if (signal.aborted) return;
      failures = 0;
      this.#ready.delete(this.#at);
      this.#at += 1;
      this.#letters = place?.end ?? this.#letters;
    }
  }

  /** The passage in its player. @param {number} number @param {AbortSignal} signal */
  #fetched(number, signal) {
    const known = this.#ready.get(number);
    if (known) return known;
    const player = /** @type {HTMLAudioElement} */ (this.#players[number % 2]);
    const fetching = this.passages.get(number, signal).then(async (passage) => {
      if (!passage) return null;
      const { address, isBeingMade } = await this.passages.soundOf(passage, signal);
      if (signal.aborted) throw new DOMException("", "AbortError");
      player.preload = "auto";
      player.src = address;
      this.setRate(this.#rate);
      return { passage, player, address, isBeingMade };
    });
    this.#ready.set(number, fetching);
    fetching.catch(() => this.#ready.delete(number)); // the next one asks again
    return fetching;
  }
}

/** @param {HTMLAudioElement} player @param {AbortSignal} signal @returns {Promise<void>} */
function ended(player, signal) {
  return new Promise((resolve, reject) => {
    if (player.ended) return resolve();
    player.addEventListener("ended", () => resolve(), { once: true, signal });
    player.addEventListener("error", () => reject(player.error), { once: true, signal });
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
