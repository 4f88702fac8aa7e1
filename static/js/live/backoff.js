import { TOO_MANY, TOO_SLOW } from "live/close-codes";

/** How long to wait before the next attempt to connect: little at first, and more each time. */

const FIRST_MS = 400;
const MAX_MS = 30_000;
const CROWDED_MS = 5_000;

export class Backoff {
  #attempt = 0;

  /** The connection lasted. */
  reset() {
    this.#attempt = 0;
  }

  /** @param {number} code with which the connection was closed @returns {number} milliseconds */
  next(code) {
    const ceiling = Math.min(MAX_MS, FIRST_MS * 2 ** this.#attempt++);
    if (code === TOO_SLOW) return 0;
    return (code === TOO_MANY ? CROWDED_MS : ceiling / 2) + (Math.random() * ceiling) / 2;
  }
}
