import { isFile, isRunning } from "conversation/message";
import { newId } from "live/outbox";

/**
 * What the user asks of the server. The open conversation shows it at once; each command stays in the outbox until the server answers it.
 *
 * @typedef {import("page").Message} Message
 * @typedef {import("page").Part} Part
 * @typedef {import("protocol").AnsweredCommand} AnsweredCommand
 * @typedef {import("conversation/state").ConversationState} State
 * @typedef {{
 *   onchange: () => void, onasked: (byItself: boolean) => void, onrefused: (text: string, conversation: string | null, files: Part[]) => void,
 *   onproblem: (detail: string) => void, picked: () => import("page").Picked,
 * }} CommandHandlers  `onasked`: something was added at the end, by the user or by itself; `picked`: the model and effort that were chosen
 *   and not sent yet.
 */
export class Commands {
  /** @type {string | null} the reply that is to be stopped, until it has ended */
  #stopping = null;

  /**
   * @param {import("live/socket").Socket} socket
   * @param {import("live/outbox").Outbox} outbox
   * @param {() => State} open the open conversation
   * @param {CommandHandlers} handlers
   */
  constructor(socket, outbox, open, handlers) {
    this.socket = socket;
    this.outbox = outbox;
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
    state.addLocal(this.#keepAndSend({ type: "send", attachments, ...fields }, queued, files), text, files);
    this.handlers.onasked(queued !== undefined);
  }

  /** @param {Message} message @param {string} text */
  edit(message, text) {
    const files = message.parts.filter((part) => isFile(part) && !part.deleted);
    const fields = { message: message.id, text, attachments: null, ...this.handlers.picked() };
    const id = this.#keepAndSend({ type: "edit", ...fields }, newId(), files);
    this.open().cut(message.id);
    this.open().addLocal(id, text, files);
    this.handlers.onasked(false);
  }

  /** @param {Message} message */
  regenerate(message) {
    const id = this.#keepAndSend({ type: "regenerate", message: message.id, ...this.handlers.picked() });
    this.open().cut(message.id);
    this.open().addLocalReply(id, message.parent);
    this.handlers.onasked(false);
  }

  /** @param {Message} message */
  continue(message) {
    this.ended(message.id);
    this.#keepAndSend({ type: "continue", message: message.id });
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
    else {
      this.outbox.remove(question.id); // it never left
      this.takeBack(question.id);
    }
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
    for (const command of this.outbox.commands) {
      const problem = "text" in command ? this.outbox.tooLong(command.text) : "";
      if (problem) this.#giveUp(command, problem);
      else this.socket.send(command);
    }
    if (this.#stopping) this.stopReply(this.#stopping);
  }

  /** The connection was closed for too long a frame, and would be again. */
  longestRefused() {
    const longest = this.outbox.longest;
    if (longest) this.#giveUp(longest, this.outbox.excess(longest.text));
  }

  /** Show in a conversation that is being opened what was sent to it and is still unanswered. @param {State} state */
  showUnanswered(state) {
    for (const command of this.outbox.commands) {
      if (command.type === "send" && command.conversation === state.id)
        state.addLocal(command.id, command.text, this.outbox.filesOf(command.id));
    }
  }

  /**
   * The command `id` comes to nothing: what was typed goes back to where it was typed.
   *
   * @param {string} id
   * @param {AnsweredCommand} [command]
   * @param {Part[]} [files] that came with it
   */
  takeBack(id, command, files = []) {
    const state = this.open();
    state.stopWanted = false;
    const shown = state.discard(id);
    if (shown) this.handlers.onrefused(shown.parts.find(({ text }) => text)?.text ?? "", state.id, shown.parts.filter(isFile));
    else if (command?.type === "send") this.handlers.onrefused(command.text, command.conversation, files);
    else if (command?.type === "edit") this.handlers.onrefused(command.text, null, files);
    this.handlers.onchange();
  }

  /** @param {AnsweredCommand} command @param {string} problem */
  #giveUp(command, problem) {
    const files = this.outbox.filesOf(command.id);
    this.outbox.remove(command.id);
    this.takeBack(command.id, command, files);
    this.handlers.onproblem(problem);
  }

  /**
   * @param {import("protocol").WithoutId<AnsweredCommand>} fields
   * @param {string} [id]
   * @param {Part[]} [files] that come with it
   * @returns {string} the command's id
   */
  #keepAndSend(fields, id = newId(), files = []) {
    const command = /** @type {AnsweredCommand} */ ({ ...fields, id });
    this.outbox.add(command, files);
    this.socket.send(command);
    return command.id;
  }
}
