import { SIGNED_OUT, TOO_MANY, WRONG_ADDRESS } from "live/close-codes";
import { Heartbeat } from "live/heartbeat";
import { newId } from "live/outbox";

/**
 * The connection over which trials run: opened with the first, and again with the next where it was lost. What ran is over then.
 *
 * @typedef {{type: string, trial?: string, id?: string | null, [name: string]: any}} Frame
 */

const REASONS = new Map([
  [SIGNED_OUT, "You are signed out. Sign in in another tab, then run it again: everything here is kept."],
  [WRONG_ADDRESS, "This page was opened under another address than the site’s."],
  [TOO_MANY, "There are too many connections or commands. Wait a moment, then run it again."],
]);
const LOST = "The connection was lost, and the trial ended with it. Run it again.";
const UNREACHABLE = "The server can’t be reached, or a proxy on the way blocks WebSockets.";

export class TrialSocket {
  /** @type {WebSocket | null} */
  #socket = null;
  #isReady = false;
  /** @type {{id: string}[]} */
  #waiting = [];
  #heartbeat;

  /** @param {string} address @param {{onframe: (frame: Frame) => void, onlost: (reason: string) => void, needed: () => boolean}} handlers */
  constructor(address, { onframe, onlost, needed }) {
    this.address = address;
    this.onframe = onframe;
    this.onlost = onlost;
    const ping = () => this.#transmit({ type: "ping", id: newId() });
    this.#heartbeat = new Heartbeat({ ping, lost: () => this.#closed(this.#socket, 1006), needed });
  }

  /** @param {{type: "try" | "stop", id: string, [name: string]: unknown}} command */
  send(command) {
    if (!this.#isReady) {
      this.#waiting.push(command);
      if (!this.#socket) this.#open();
      return;
    }
    this.#transmit(command);
    this.#heartbeat.sent();
  }

  /** Take back what wasn't sent yet. @param {string} id @returns {boolean} whether there was anything */
  withdraw(id) {
    const { length } = this.#waiting;
    this.#waiting = this.#waiting.filter((command) => command.id !== id);
    return this.#waiting.length < length;
  }

  #open() {
    const socket = (this.#socket = new WebSocket(this.address));
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = ({ code }) => this.#closed(socket, code);
  }

  /** @param {Frame} frame */
  #receive(frame) {
    this.#heartbeat.received();
    if (frame.type !== "ready") return this.onframe(frame);
    this.#isReady = true;
    for (const command of this.#waiting.splice(0)) this.#transmit(command);
  }

  /** @param {object} command */
  #transmit(command) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(command));
  }

  /** @param {WebSocket | null} socket @param {number} code */
  #closed(socket, code) {
    if (!socket || socket !== this.#socket) return;
    const wasReady = this.#isReady;
    this.#socket = null;
    this.#isReady = false;
    this.#waiting = [];
    this.#heartbeat.stop();
    socket.close();
    this.onlost(REASONS.get(code) ?? (wasReady ? LOST : UNREACHABLE));
  }
}
