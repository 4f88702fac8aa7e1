import { isFile } from "conversation/message";
import { newId } from "live/outbox";

/**
 * The commands that the server has not answered yet. Each stays in the outbox until then; what is refused goes back to where it was typed.
 *
 * @typedef {import("page").Part} Part
 * @typedef {import("protocol").AnsweredCommand} AnsweredCommand
 * @typedef {import("conversation/state").ConversationState} State
 * @typedef {{
 *   onchange: () => void, onrefused: (text: string, conversation: string | null, files: Part[]) => void, onproblem: (detail: string) => void,
 * }} UnansweredHandlers
 */
export class Unanswered {
  /**
   * @param {import("live/socket").Socket} socket
   * @param {import("live/outbox").Outbox} outbox
   * @param {() => State} open the open conversation
   * @param {UnansweredHandlers} handlers
   */
  constructor(socket, outbox, open, handlers) {
    this.socket = socket;
    this.outbox = outbox;
    this.open = open;
    this.handlers = handlers;
  }

  /**
   * @param {import("protocol").WithoutId<AnsweredCommand>} fields
   * @param {string} [id]
   * @param {Part[]} [files] that come with it
   * @returns {string} the command's id
   */
  add(fields, id = newId(), files = []) {
    const command = /** @type {AnsweredCommand} */ ({ ...fields, id });
    this.outbox.add(command, files);
    this.socket.send(command);
    return command.id;
  }

  /** After a reconnect: everything that is still unanswered, under the same ids. */
  resend() {
    for (const command of this.outbox.commands) {
      const problem = "text" in command ? this.outbox.tooLong(command.text) : "";
      if (problem) this.#giveUp(command, problem);
      else this.socket.send(command);
    }
  }

  /** The connection was closed for too long a frame, and would be again. */
  longestRefused() {
    const longest = this.outbox.longest;
    if (longest) this.#giveUp(longest, this.outbox.excess(longest.text));
  }

  /** Show in a conversation that is being opened what was sent to it and is still unanswered. @param {State} state */
  show(state) {
    for (const command of this.outbox.commands) {
      if (command.type === "send" && command.conversation === state.id)
        state.addLocal(command.id, command.text, this.outbox.filesOf(command.id));
    }
  }

  /** It never left. @param {string} id */
  withdraw(id) {
    this.outbox.remove(id);
    this.takeBack(id);
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
}
