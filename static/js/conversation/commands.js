import { newId } from "live/outbox";

/**
 * What the person asks of the server. Every command stays in the outbox until the server answers it.
 *
 * @typedef {import("page").Frame} Frame
 */
export class Commands {
  /** @type {string | null} the answer that is to be stopped, until it has ended */
  #stopping = null;

  /** @param {import("live/socket").Socket} socket @param {import("live/outbox").Outbox} outbox */
  constructor(socket, outbox) {
    this.socket = socket;
    this.outbox = outbox;
  }

  /** @param {{type: string, [field: string]: unknown}} fields @returns {string} the command's id */
  give(fields) {
    const frame = { ...fields, id: newId() };
    this.outbox.add(frame);
    this.socket.send(frame);
    return frame.id;
  }

  /** After a reconnect: everything that is still unanswered, under the same ids. */
  giveAgain() {
    for (const frame of this.outbox.frames) this.socket.send(frame);
    if (this.#stopping) this.stop(this.#stopping);
  }

  /** @param {"watch" | "unwatch"} type @param {string} conversation */
  tell(type, conversation) {
    this.socket.send({ type, id: newId(), conversation });
  }

  /** @param {string} message */
  stop(message) {
    this.#stopping = message;
    this.socket.send({ type: "stop", id: newId(), message });
  }

  /** The answer has ended, or is to go on after all. @param {string} message */
  stopped(message) {
    if (this.#stopping === message) this.#stopping = null;
  }
}
