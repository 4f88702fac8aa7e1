import { UNREACHABLE } from "requests/http";
import { find, root } from "dom";

/**
 * What comes from the server: of the connection, of any conversation, and of the open one, which is for its reception.
 *
 * @typedef {import("parts").Parts} Parts
 */
export class Incoming {
  #parts;
  #version = "";

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** @param {import("protocol").Frame} frame */
  receive(frame) {
    const { page, conversation, entries, reception, warn } = this.#parts;
    switch (frame.type) {
      case "pong":
        return;
      case "ready":
        if (frame.user !== page.user.id) return location.assign(root); // another user has signed in here
        return void this.#connected(frame.version);
      case "conversation":
        if (frame.removed) return void conversation.gone(frame.conversation);
        entries.put(frame);
        if (frame.conversation === conversation.state.id) conversation.showAround();
        return;
      case "finished":
        if (frame.warnings || !find("#budget").hidden) warn(frame.warnings ?? []);
    }
    reception.receive(frame);
  }

  /** The connection is there, or there again, or something may have been missed. @param {string} running the server's version */
  async #connected(running) {
    const { commands, conversation, entries, excerpts, problem } = this.#parts;
    const again = this.#version !== "";
    if (again && this.#version !== running) find("#upgraded").hidden = false;
    this.#version = running;
    problem.over(UNREACHABLE, "unavailable");
    commands.resend();
    if (again || entries.running) void entries.renew().catch(() => {}); // a server that can't be asked takes the socket along
    if (again) await excerpts.catchUp();
    else if (conversation.state.id) commands.watch(conversation.state.id);
  }
}
