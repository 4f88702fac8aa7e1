import { csrfToken } from "requests/http";
import { root } from "dom";

/**
 * The passages of an answer that a model reads aloud, as the server cuts them; each is made before it is listened to.
 *
 * @typedef {{conversation: string, message: string}} Answer
 * @typedef {{start: number, end: number, text: string}} Passage
 */

const AWAY = "The server can’t be reached. Check the connection and try again.";
const LOOK_AGAIN_MS = 700; // a running answer is stored every second

/** Why it can’t be read, in a sentence for the user. */
export class CannotRead extends Error {}

export class Passages {
  /** @type {Passage[]} */
  #known = [];
  #mayGrow = true;

  /** @param {Answer} answer */
  constructor({ conversation, message }) {
    this.path = `${root}c/${conversation}/messages/${message}/speech/`;
  }

  /** The passage with this number; null behind the last one. Waits while the answer is written. Fails with CannotRead. @param {number} number @param {AbortSignal} signal */
  async get(number, signal) {
    while (number >= this.#known.length && this.#mayGrow) {
      const response = await asked(`${this.path}?after=${this.#known.at(-1)?.end ?? 0}`, { signal });
      const { passages, running } = await response.json();
      for (const [start, end, text] of passages) this.#known.push({ start, end, text });
      this.#mayGrow = running;
      if (!passages.length && running) await pause(LOOK_AGAIN_MS, signal);
    }
    return this.#known[number] ?? null;
  }

  /**
   * Where its sound is to be had, once that has begun, and whether it is being made just now. Fails with CannotRead.
   *
   * @param {Passage} passage
   * @param {AbortSignal} signal
   */
  async soundOf({ start, end }, signal) {
    const address = `${this.path}${start}-${end}/`;
    const { status } = await asked(address, { method: "POST", headers: { "X-CSRFToken": csrfToken() }, signal });
    return { address, isBeingMade: status === 201 };
  }

  /** Whether a sound that is being made comes to its end: browsers play what broke off as if that were it. @param {string} address @param {AbortSignal} signal */
  static async isWhole(address, signal) {
    const response = await fetch(address, { method: "HEAD", signal }).catch(() => null);
    return !response || response.ok; // without a connection the player itself fails
  }
}

/** @param {string} address @param {RequestInit} options */
async function asked(address, options) {
  let response;
  try {
    response = await fetch(address, { ...options, headers: { Accept: "application/json", ...options.headers } });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new CannotRead(AWAY);
  }
  if (response.ok) return response;
  const told = await response.json().catch(() => null);
  throw new CannotRead(told?.detail ?? (response.status >= 500 ? AWAY : "This can’t be read aloud just now. Try again."));
}

/** @param {number} ms @param {AbortSignal} signal @returns {Promise<void>} */
const pause = (ms, signal) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
