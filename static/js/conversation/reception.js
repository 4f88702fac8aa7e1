import { announce } from "dom";

/**
 * What the server says about the open conversation, applied to it.
 *
 * @typedef {Exclude<import("protocol").Frame, {type: "ready" | "pong" | "conversation"}>} Frame
 */
export class Reception {
  /** @param {import("conversation/thread").Thread} thread */
  constructor(thread) {
    this.thread = thread;
    this.commands = thread.commands;
  }

  /** @param {Frame} frame */
  receive(frame) {
    switch (frame.type) {
      case "accepted":
        return this.#accepted(frame);
      case "error":
        return this.#refused(frame);
      case "finished":
        this.commands.stopped(frame.message);
    }
    const { state } = this.thread;
    if (!state.id || frame.conversation !== state.id) return;
    const begun = frame.type === "delta" && state.find(frame.message)?.status === "streaming";
    const wasRunning = state.running;
    const outcome = this.#apply(frame);
    if (outcome === "ignored") return;
    if (outcome === "resync") void (frame.type === "delta" ? this.commands.tell("watch", state.id) : this.thread.catchUp());
    if (wasRunning !== state.running) announce(state.running ? "The answer has begun." : endOf(state.last));
    if (begun && outcome === "applied") this.thread.grew(frame.message);
    else void this.thread.changed();
  }

  /** @param {import("protocol").MessagesFrame} frame */
  #apply(frame) {
    const { state, removing } = this.thread;
    switch (frame.type) {
      case "delta":
        return state.applyDelta(frame);
      case "snapshot":
        return state.applySnapshot(frame);
      case "retrying":
        return state.applyRetrying(frame);
      case "finished":
        return state.applyFinished(frame);
      case "message":
        return state.applyMessage(frame.message);
      case "branch": // what is deleted from here is answered with what to show instead
        return removing && frame.removed.includes(removing) ? "ignored" : state.applyRemoved(frame.removed);
      default: // of a newer server
        return "ignored";
    }
  }

  /** @param {import("protocol").Accepted} frame */
  #accepted({ id, conversation, message, reply }) {
    const command = this.commands.outbox.get(id);
    this.commands.outbox.remove(id);
    const { state } = this.thread;
    if (!state.find(id) && !state.find(`${id}-reply`)) return;
    state.settle(id, message, reply);
    if (!state.id && command?.type === "send" && command.conversation === null) {
      state.id = conversation;
      this.thread.handlers.onmoved(conversation);
    }
    if (this.thread.stopWanted && reply) this.commands.stop(reply);
    this.thread.stopWanted = false;
    announce("The answer has begun.");
    void this.thread.changed();
  }

  /** @param {import("protocol").ErrorFrame} frame */
  #refused({ id, code, detail }) {
    if (!id) return this.thread.handlers.onproblem(detail);
    const command = this.commands.outbox.get(id);
    if (code === "draining" && command) return; // the server is about to restart; the outbox tries again with the next one
    this.commands.outbox.remove(id);
    if (command) this.thread.takeBack(id, command);
    if (command && command.type !== "send") void this.thread.catchUp(); // what it was to take the place of is shown again
    this.thread.handlers.onproblem(detail);
  }
}

/** @param {import("page").Message | undefined} message */
function endOf(message) {
  if (message?.status === "failed") return message.error?.detail || "The answer could not be made.";
  if (message?.status === "stopped") return "The answer was stopped.";
  if (message?.status === "interrupted") return "The answer broke off.";
  return "The answer is complete.";
}
