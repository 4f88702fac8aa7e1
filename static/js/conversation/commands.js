import { newId } from "live/outbox";

/**
 * What the person asks of the server. Every command stays in the outbox until the server answers it.
 *
 * @typedef {import("protocol").AnsweredCommand} AnsweredCommand
 */
export class Commands {
  /** @type {string | null} the answer that is to be stopped, until it has ended */
  #stopping = null;

  /** @param {import("live/socket").Socket} socket @param {import("live/outbox").Outbox} outbox */
  constructor(socket, outbox) {
    this.socket = socket;
    this.outbox = outbox;
  }

  /** @param {import("protocol").WithoutId<AnsweredCommand>} fields @returns {string} the command's id */
  give(fields) {
    const command = /** @type {AnsweredCommand} */ ({ ...fields, id: newId() });
    this.outbox.add(command);
    this.socket.send(command);
    return command.id;
  }

  /** After a reconnect: everything that is still unanswered, under the same ids. */
  giveAgain() {
    for (const command of this.outbox.commands) this.socket.send(command);
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
