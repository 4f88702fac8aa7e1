/**
 * Whether the server is still there. A connection can die without a close event, so after a silence the heartbeat pings, and a
 * connection on which nothing at all comes after that is given up.
 */

const PING_AFTER_MS = 20_000; // of silence
const PING_AFTER_SENDING_MS = 5_000; // the same where the server owes an answer
const TIMEOUT_MS = 8_000;
const SHORT_TIMEOUT_MS = 3_000; // where there is a reason to doubt the connection

export class Heartbeat {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pingTimer;
  #pingAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timeout;

  /** @param {{ping: () => void, lost: () => void, needed: () => boolean}} handlers `needed`: whether a dead connection would be noticed */
  constructor({ ping, lost, needed }) {
    this.ping = ping;
    this.lost = lost;
    this.needed = needed;
  }

  /** Something came. */
  received() {
    clearTimeout(this.#timeout);
    this.#timeout = undefined;
    this.#pingIn(PING_AFTER_MS);
  }

  /** Something was sent that is usually answered. */
  sent() {
    if (!this.#timeout && this.#pingAt - Date.now() > PING_AFTER_SENDING_MS) this.#pingIn(PING_AFTER_SENDING_MS, true);
  }

  /** There is a reason to doubt the connection: ping now. */
  check() {
    this.#ping(SHORT_TIMEOUT_MS);
  }

  stop() {
    clearTimeout(this.#pingTimer);
    clearTimeout(this.#timeout);
    this.#timeout = undefined;
  }

  /** @param {number} wait @param {boolean} [always] */
  #pingIn(wait, always = false) {
    clearTimeout(this.#pingTimer);
    this.#pingAt = Date.now() + wait;
    this.#pingTimer = setTimeout(() => (always || this.needed() ? this.#ping(TIMEOUT_MS) : this.#pingIn(PING_AFTER_MS)), wait);
  }

  /** @param {number} timeout */
  #ping(timeout) {
    clearTimeout(this.#pingTimer);
    clearTimeout(this.#timeout);
    // A page that was frozen for a while finds its timers run out and the answers still in the queue: those come first.
    this.#timeout = setTimeout(() => (this.#timeout = setTimeout(this.lost, 50)), timeout);
    this.ping();
  }
}
