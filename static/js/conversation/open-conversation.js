import { change, isDeleting } from "requests/conversations";
import { UNREACHABLE } from "requests/http";
import { ConversationState } from "conversation/state";
import { find } from "dom";

/**
 * The conversation that is open, and what the page shows of it.
 *
 * @typedef {import("page").Messages} Messages
 * @typedef {{
 *   pane: import("messages/lazy-pane").LazyPane, commands: import("conversation/commands").Commands,
 *   unanswered: import("conversation/unanswered").Unanswered, excerpts: import("conversation/excerpts").Excerpts, composer: import("composer/composer").Composer,
 *   attachments: import("attachments/attachments").Attachments,
 *   options: import("composer/options").Options, entries: import("sidebar/entries").Entries, problem: import("problem").Problem,
 *   leave: (to: string | null) => Promise<void>, onproblem: (detail: string, code?: string) => void,
 * }} Parts  `leave`: open another one, or a new chat.
 */
export class OpenConversation {
  /** What is known of it. */
  state = new ConversationState(null);
  #parts;
  #heading = find(".top .title");
  #site = find("[data-site]").dataset.site ?? "";

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /**
   * Open a conversation in place of this one. The focus goes to the composer, unless it was moved since.
   *
   * @param {string | null} id null: a new chat
   * @param {Messages} [excerpt]
   * @param {Element | null} [focused] what had the focus when it was asked for
   */
  async open(id, excerpt, focused = document.activeElement) {
    const { pane, commands, composer, options, unanswered } = this.#parts;
    if (this.state.id && this.state.id !== id) commands.unwatch(this.state.id);
    this.state = new ConversationState(id, excerpt);
    unanswered.show(this.state);
    if (id) commands.watch(id);
    this.showAround();
    const shown = pane.show(this.state);
    if (!id) options.offer();
    composer.open(id);
    const { state } = this;
    await shown;
    // With the next frame, which lays out the page anyway, as moving the focus does.
    requestAnimationFrame(() => {
      const left = document.activeElement === document.body; // what had it has gone with the conversation
      if (state !== this.state || !(left || focused === document.activeElement)) return;
      if (matchMedia("(hover: hover)").matches) composer.focus(); // on a phone it would bring up the keyboard
    });
  }

  /** Show what it is by now. @param {boolean} [asked] whether the user has asked something */
  async show(asked = false) {
    this.showAround();
    try {
      await this.#parts.pane.show(this.state, asked);
    } catch {
      this.#parts.onproblem("The server can’t be reached just now. What you wrote is kept, and sent when it is back.", UNREACHABLE);
    }
  }

  /** What the page says around the messages. */
  showAround() {
    const { id, running } = this.state;
    const { composer, entries, options, problem } = this.#parts;
    const entry = entries.get(id);
    const title = id ? entry?.title || "New chat" : "";
    this.#heading.textContent = title;
    this.#heading.hidden = !title;
    find("#more").hidden = !id;
    find("#archived").hidden = !entry?.archived;
    document.title = title ? `${title} – ${this.#site}` : this.#site;
    composer.setRunning(running);
    if (!running) problem.over("busy");
    options.show();
  }

  /** Bring one of its messages into view, on whichever branch that is. @param {string} message */
  async reveal(message) {
    const { excerpts, pane } = this.#parts;
    if (this.state.find(message) || (await excerpts.showSibling(message))) await pane.reveal(this.state, message);
  }

  /**
   * Ask, or queue it while an answer runs or files are uploaded.
   *
   * @param {string} text
   * @param {string[]} [files] their keys
   * @param {import("protocol").Wish | null} [picture] what is to be made of it
   * @returns {boolean} whether it was taken
   */
  send(text, files = [], picture = null) {
    const { pane, commands, options, problem, attachments } = this.#parts;
    problem.hide();
    if (this.state.running) return pane.queue({ text, files, picture });
    const given = this.state.id ? null : options.given;
    if (given === false) return false;
    const prompt = this.state.id ? null : options.prompt;
    if (pane.waitsForFiles || attachments.isUploading(files)) return pane.queue({ text, files, prompt, variables: given, picture });
    commands.send(text, prompt, { variables: given, picture, files: attachments.records.parts(files) });
    attachments.records.remove(files);
    return true;
  }

  async unarchive() {
    const { composer, entries, onproblem } = this.#parts;
    if (!this.state.id) return;
    try {
      for (const entry of (await change([this.state.id], { archived: false })).conversations) entries.put(entry);
      this.showAround();
      composer.focus();
    } catch (error) {
      onproblem(error instanceof Error ? error.message : "");
    }
  }

  async print() {
    try {
      await this.#parts.pane.print(this.state);
    } catch {
      this.#parts.onproblem("Not all of the conversation could be loaded, so it was not printed. Try again in a moment.");
    }
  }

  /** A conversation was deleted, here or elsewhere: perhaps this one. @param {string} id */
  async gone(id) {
    const byUser = isDeleting(id);
    this.#parts.entries.remove(id);
    if (id !== this.state.id) return;
    await this.#parts.leave(null);
    if (!byUser) this.#parts.onproblem("That conversation was deleted.");
  }
}
