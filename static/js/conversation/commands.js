import { isFile, isRunning } from "conversation/message";
import { newId } from "live/outbox";

/**
 * What the user asks of the server. The open conversation shows it at once.
 *
 * @typedef {import("page").Message} Message
 * @typedef {import("page").Part} Part
 * @typedef {import("conversation/state").ConversationState} State
 * @typedef {{
 *   onasked: (byItself: boolean) => void, picked: () => import("page").Picked,
 * }} CommandHandlers  `onasked`: something was added at the end, by the user or by itself; `picked`: the model and effort that were chosen
 *   and not sent yet.
 */
export class Commands {
  /** @type {string | null} the reply that is to be stopped, until it has ended */
  #stopping = null;

  /**
   * @param {import("live/socket").Socket} socket
   * @param {import("conversation/unanswered").Unanswered} unanswered
   * @param {() => State} open the open conversation
   * @param {CommandHandlers} handlers
   */
  constructor(socket, unanswered, open, handlers) {
    this.socket = socket;
    this.unanswered = unanswered;
    this.open = open;
    this.handlers = handlers;
  }

  /** @param {string} conversation */
  watch(conversation) {
    this.socket.send({ type: "watch", id: newId(), conversation });
  }

  /** @param {string} conversation */
  unwatch(conversation) {
    this.socket.send({ type: "unwatch", id: newId(), conversation });
  }

  /**
   * @param {string} text
   * @param {string | null} prompt for a new conversation
   * @param {{
   *   queued?: string, variables?: Record<string, import("page").Value> | null, files?: Part[], picture?: import("protocol").Wish | null,
   * }} [more] its id, where it waited and goes by itself; what was given for the prompt's variables; the files that come with it; the
   *   pictures that are to be made of it
   */
  send(text, prompt, { queued, variables = null, files = [], picture = null } = {}) {
    const state = this.open();
    const { id: conversation, last } = state;
    const fields = {
      conversation,
      parent: last?.id ?? null,
      text,
      prompt: conversation ? null : prompt,
      ...this.handlers.picked(),
      variables,
      picture,
    };
    const attachments = files.flatMap(({ file }) => file ?? []);
    state.addLocal(this.unanswered.add({ type: "send", attachments, ...fields }, queued, files), text, files);
    this.handlers.onasked(queued !== undefined);
  }

  /** @param {Message} message @param {string} text */
  edit(message, text) {
    const files = message.parts.filter((part) => isFile(part) && !part.deleted);
    const fields = { message: message.id, text, attachments: null, ...this.handlers.picked() };
    const id = this.unanswered.add({ type: "edit", ...fields }, newId(), files);
    this.open().cut(message.id);
    this.open().addLocal(id, text, files);
    this.handlers.onasked(false);
  }

  /** @param {Message} message */
  regenerate(message) {
    const id = this.unanswered.add({ type: "regenerate", message: message.id, ...this.handlers.picked() });
    this.open().cut(message.id);
    this.open().addLocalReply(id, message.parent);
    this.handlers.onasked(false);
  }

  /** @param {Message} message */
  continue(message) {
    this.ended(message.id);
    this.unanswered.add({ type: "continue", message: message.id });
    message.status = "pending";
    this.handlers.onasked(false);
  }

  /** Stop what is running. */
  stop() {
    const state = this.open();
    const { last, path } = state;
    if (!last || !isRunning(last)) return;
    const question = path.at(-2);
    if (!last.local) this.stopReply(last.id);
    else if (this.socket.ready || !question?.local) state.stopWanted = true;
    else this.unanswered.withdraw(question.id);
  }

  /** @param {string} reply */
  stopReply(reply) {
    this.#stopping = reply;
    this.socket.send({ type: "stop", id: newId(), message: reply });
  }

  /** A reply has ended, or is to continue after all. @param {string} reply */
  ended(reply) {
    if (this.#stopping === reply) this.#stopping = null;
  }

  /** After a reconnect: everything that is still unanswered, under the same ids. */
  resend() {
    this.unanswered.resend();
    if (this.#stopping) this.stopReply(this.#stopping);
  }
}
