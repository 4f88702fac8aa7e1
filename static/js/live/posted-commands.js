import { csrfToken } from "requests/http";
import { LOST, SIGNED_OUT, TOO_MANY } from "live/close-codes";

/**
 * Commands as requests, one after the other.
 *
 * @typedef {{onanswer: (frame: string) => void, onidle: () => void, onfailed: (code: number) => void}} PostedHandlers
 *   `onanswer`: a frame that answers a command; `onidle`: all that were added are answered; `onfailed`: with the code of a closed socket.
 */

const CODES = new Map([
  [401, SIGNED_OUT],
  [429, TOO_MANY],
]);

export class PostedCommands {
  /** @type {string[]} */
  #waiting = [];
  areUnderWay = false;

  /** @param {URL} address @param {PostedHandlers} handlers */
  constructor(address, handlers) {
    this.address = address;
    this.handlers = handlers;
  }

  /** @param {string} command */
  async add(command) {
    this.#waiting.push(command);
    if (this.areUnderWay) return;
    this.areUnderWay = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const answer = await this.#post(next);
      if (typeof answer === "number") return this.handlers.onfailed(answer);
      answer.forEach(this.handlers.onanswer);
    }
    this.areUnderWay = false;
    this.handlers.onidle();
  }

  /** Send no more of them. */
  close() {
    this.#waiting.length = 0;
  }

  /** @param {string} command @returns {Promise<string[] | number>} the frames that answer it, or with which code the connection is to be closed */
  async #post(command) {
    try {
      const response = await fetch(this.address, {
        method: "POST",
        body: command,
        headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
      });
      if (response.headers.get("Content-Type") === "application/x-ndjson") return (await response.text()).split("\n").filter(Boolean);
      if (!CODES.has(response.status) && response.status >= 400 && response.status < 500) return [refused(command, response.status)];
      return CODES.get(response.status) ?? LOST;
    } catch {
      return LOST;
    }
  }
}

/** However often it is sent, it would be refused. @param {string} command @param {number} status @returns {string} a frame */
function refused(command, status) {
  const detail = `The server or a proxy in front of it refused this (${status}). Reload the page, then try again.`;
  return JSON.stringify({ type: "error", id: JSON.parse(command).id ?? null, code: "unavailable", detail });
}
