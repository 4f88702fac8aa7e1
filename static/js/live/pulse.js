/**
 * Whether the other side is still there. A connection can die without a word, so a silent one is asked, and one that
 * says nothing at all after that is given up.
 */

const QUIET = 20_000; // milliseconds of silence before it is asked
const ANSWERED_WITHIN = 5_000; // the same where it owes an answer
const PATIENCE = 8_000;
const SHORT_PATIENCE = 3_000; // where there is a reason to doubt

export class Pulse {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #quiet;
  #quietUntil = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #patience;

  /** @param {{ask: () => void, lost: () => void, wanted: () => boolean}} handlers `wanted`: whether anybody needs to know now */
  constructor({ ask, lost, wanted }) {
    this.ask = ask;
    this.lost = lost;
    this.wanted = wanted;
  }

  /** It lives: something came. */
  heard() {
    clearTimeout(this.#patience);
    this.#patience = undefined;
    this.#askIn(QUIET);
  }

  /** Something was sent that is usually answered. */
  sent() {
    if (!this.#patience && this.#quietUntil - Date.now() > ANSWERED_WITHIN) this.#askIn(ANSWERED_WITHIN, true);
  }

  /** There is a reason to doubt it: ask now. */
  doubt() {
    this.#ask(SHORT_PATIENCE);
  }

  end() {
    clearTimeout(this.#quiet);
    clearTimeout(this.#patience);
    this.#patience = undefined;
  }

  /** @param {number} wait @param {boolean} [anyway] */
  #askIn(wait, anyway = false) {
    clearTimeout(this.#quiet);
    this.#quietUntil = Date.now() + wait;
    this.#quiet = setTimeout(() => (anyway || this.wanted() ? this.#ask(PATIENCE) : this.#askIn(QUIET)), wait);
  }

  /** @param {number} patience */
  #ask(patience) {
    clearTimeout(this.#quiet);
    clearTimeout(this.#patience);
    // A page that was frozen for a while finds its timers run out and the answers still in the queue: those come first.
    this.#patience = setTimeout(() => (this.#patience = setTimeout(this.lost, 50)), patience);
    this.ask();
  }
}
