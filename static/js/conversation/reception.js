import { announce } from "dom";

/**
 * What the server says about the open conversation, applied to it.
 *
 * @typedef {Exclude<import("protocol").Frame, {type: "ready" | "pong" | "conversation"}>} Frame
 * @typedef {import("page").Message} Message
 * @typedef {{
 *   onchange: () => void, ongrowth: (message: Message) => void, oncreated: (conversation: string) => void, onmissed: () => void,
 *   onproblem: (detail: string, code?: string, resets?: string) => void, onaccepted: () => void,
 * }} ReceptionHandlers  `ongrowth`: a running reply has got longer, and nothing else is different; `onmissed`: messages must be fetched.
 */
export class Reception {
  /**
   * @param {() => import("conversation/state").ConversationState} open the open conversation
   * @param {import("conversation/commands").Commands} commands
   * @param {import("conversation/unanswered").Unanswered} unanswered
   * @param {ReceptionHandlers} handlers
   */
  constructor(open, commands, unanswered, handlers) {
    this.open = open;
    this.commands = commands;
    this.unanswered = unanswered;
    this.handlers = handlers;
  }

  /** @param {Frame} frame */
  receive(frame) {
    switch (frame.type) {
      case "accepted":
        return this.#accepted(frame);
      case "error":
        return this.#refused(frame);
      case "finished":
        this.commands.ended(frame.message);
    }
    const state = this.open();
    if (!state.id || frame.conversation !== state.id) return;
    const growing = frame.type === "delta" ? state.find(frame.message) : undefined;
    const begun = growing?.status === "streaming";
    const wasRunning = state.running;
    const wasSilent = state.last?.status === "pending";
    const outcome = this.#apply(frame);
    if (outcome === "ignored") return;
    if (outcome === "resync") {
      if (frame.type === "delta") this.commands.watch(state.id);
      else this.handlers.onmissed();
    }
    if (wasSilent && state.last?.status === "streaming") announce("The answer has begun.");
    else if (wasRunning && !state.running) announce(endOf(state.last));
    if (growing && begun && outcome === "applied") this.handlers.ongrowth(growing);
    else this.handlers.onchange();
  }

  /** @param {import("protocol").MessagesFrame} frame */
  #apply(frame) {
    const state = this.open();
    switch (frame.type) {
      case "delta":
        return state.applyDelta(frame);
      case "snapshot":
        return state.applySnapshot(frame);
      case "retrying":
        return state.applyRetrying(frame);
      case "preview":
        return state.applyPreview(frame);
      case "finished":
        return state.applyFinished(frame);
      case "message":
        return state.applyMessage(frame.message);
      case "feedback":
        return state.applyFeedback(frame);
      case "branch": // what is deleted from here is answered with what to show instead
        return state.removing && frame.removed.includes(state.removing) ? "ignored" : state.applyRemoved(frame.removed);
      default: // of a newer server
        return "ignored";
    }
  }

  /** @param {import("protocol").Accepted} frame */
  #accepted({ id, conversation, message, reply, notice }) {
    const { outbox } = this.unanswered;
    const command = outbox.get(id);
    outbox.remove(id);
    const state = this.open();
    if (!state.find(id) && !state.find(`${id}-reply`)) return;
    state.settle(id, message, reply);
    if (!state.id && command?.type === "send" && command.conversation === null) {
      state.id = conversation;
      this.handlers.oncreated(conversation);
    }
    if (state.stopWanted && reply) this.commands.stopReply(reply);
    state.stopWanted = false;
    this.handlers.onaccepted();
    if (notice) this.handlers.onproblem(notice);
    this.handlers.onchange();
  }

  /** @param {import("protocol").ErrorFrame} frame */
  #refused({ id, code, detail, resets }) {
    if (!id) return this.handlers.onproblem(detail, code, resets);
    const { outbox } = this.unanswered;
    const command = outbox.get(id);
    const files = outbox.filesOf(id);
    if (code === "draining" && command) return; // the server is about to restart; the outbox tries again with the next one
    outbox.remove(id);
    if (command) this.unanswered.takeBack(id, command, files);
    if (command && command.type !== "send") this.handlers.onmissed(); // what it was to take the place of is shown again
    this.handlers.onproblem(detail, code, resets);
  }
}

/** @param {Message | undefined} message */
function endOf(message) {
  if (message?.status === "failed") return message.error?.detail || "The answer could not be made.";
  if (message?.status === "stopped") return "The answer was stopped.";
  if (message?.status === "interrupted") return "The answer broke off.";
  return "The answer is complete.";
}
