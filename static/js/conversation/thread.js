import { RequestFailed, before, latest, removeBranch, showSibling } from "conversation/http";
import { ConversationState, isRunning, localMessage } from "conversation/state";

/**
 * The open conversation and what the person does to it. What the server says about it comes through `conversation/reception`.
 *
 * @typedef {import("page").Message} Message
 * @typedef {import("messages/list").MessageList} MessageList
 * @typedef {{
 *   onchange: (thread: Thread) => void, onmoved: (conversation: string) => void, onrefused: (text: string, conversation: string | null) => void,
 *   onproblem: (detail: string) => void, ongone: (conversation: string) => void, prompt: () => string | null,
 * }} ThreadHandlers
 */
export class Thread {
  state = new ConversationState(null);
  /** @type {MessageList | null} */
  #list = null;
  /** @type {Promise<MessageList> | null} */
  #loading = null;
  #offline = true;
  /** Stop was pressed before the server had named the answer. */
  stopWanted = false;
  /** @type {string | null} the message that is being deleted from here */
  removing = null;
  #catchingUp = false;
  #catchUpAgain = false;
  #fetchingOlder = false;

  /** @param {import("conversation/commands").Commands} commands @param {ThreadHandlers} handlers */
  constructor(commands, handlers) {
    this.commands = commands;
    this.handlers = handlers;
  }

  get id() {
    return this.state.id;
  }

  /** What shows messages comes with the first of them. @returns {Promise<MessageList>} */
  async list() {
    this.#loading ??= import("messages/pane").then(({ openPane }) => openPane(this));
    try {
      this.#list = await this.#loading;
    } catch (error) {
      this.#loading = null; // offline; the next one asks again
      throw error;
    }
    this.#list.setOffline(this.#offline);
    return this.#list;
  }

  /** @param {boolean} offline */
  setOffline(offline) {
    this.#offline = offline;
    this.#list?.setOffline(offline);
  }

  /** @param {string | null} id @param {import("page").Messages} [excerpt] */
  async open(id, excerpt) {
    if (this.id && this.id !== id) this.commands.tell("unwatch", this.id);
    const state = (this.state = new ConversationState(id, excerpt));
    this.stopWanted = false;
    for (const command of this.commands.outbox.commands) {
      if (command.type === "send" && command.conversation === id) state.addLocal(command.id, command.text);
    }
    if (id) this.commands.tell("watch", id);
    this.handlers.onchange(this);
    if (!state.path.length && !this.#loading) return;
    const list = await this.list();
    if (state === this.state) list.show(state);
  }

  /** @param {string} text */
  send(text) {
    if (this.state.running) return false;
    const { id: conversation, last } = this.state;
    const prompt = conversation ? null : this.handlers.prompt();
    const id = this.commands.give({ type: "send", conversation, parent: last?.id ?? null, text, attachments: [], prompt, model: null });
    this.state.addLocal(id, text);
    void this.changed(true);
    return true;
  }

  /** @param {Message} message @param {string} text */
  edit(message, text) {
    const id = this.commands.give({ type: "edit", message: message.id, text });
    this.state.cut(message.id);
    this.state.addLocal(id, text);
    void this.changed(true);
  }

  /** @param {Message} message */
  regenerate(message) {
    const id = this.commands.give({ type: "regenerate", message: message.id });
    this.state.cut(message.id);
    this.state.path.push(localMessage({ id: `${id}-reply`, key: `${id}-reply`, parent: message.parent, role: "assistant", status: "pending" }));
    void this.changed(true);
  }

  /** @param {Message} message */
  continue(message) {
    this.commands.stopped(message.id);
    this.commands.give({ type: "continue", message: message.id });
    message.status = "pending";
    void this.changed(true);
  }

  stop() {
    const { last, path } = this.state;
    if (!last || !isRunning(last)) return;
    const question = path.at(-2);
    if (!last.local) this.commands.stop(last.id);
    else if (this.commands.socket.ready || !question?.local) this.stopWanted = true;
    else {
      this.commands.outbox.remove(question.id); // it never left: take it back
      this.takeBack(question.id);
    }
  }

  /** @param {string} sibling */
  async showSibling(sibling) {
    return this.#fetched(async (conversation) => {
      const excerpt = await showSibling(conversation, sibling);
      this.#turn(excerpt);
    });
  }

  /** Another branch is shown from now on. @param {import("page").Excerpt} excerpt */
  #turn(excerpt) {
    this.#list?.scroll.hold();
    this.state.replace(excerpt);
    if (this.id && this.state.running) this.commands.tell("watch", this.id); // what is saved of a running answer is a little old
  }

  /** Delete a message and all below it. @param {string} conversation @param {string} message @returns {Promise<string | null>} who stands at its place now */
  async removeBranch(conversation, message) {
    const { state } = this;
    this.removing = message;
    try {
      const excerpt = await removeBranch(conversation, message);
      if (state !== this.state) return null;
      this.#turn(excerpt);
      await this.changed();
      return excerpt.neighbour;
    } finally {
      this.removing = null;
    }
  }

  async loadOlder() {
    const { state } = this;
    const first = state.path[0];
    if (!state.id || !state.older || !first || this.#fetchingOlder) return;
    this.#fetchingOlder = true;
    try {
      const excerpt = await before(state.id, first.id);
      if (state !== this.state) return;
      state.prepend(excerpt);
      this.#list?.drawAbove();
    } catch {
      // The next scroll asks again.
    } finally {
      this.#fetchingOlder = false;
    }
  }

  /** Learn what was missed: after a reconnect, or when a frame doesn't fit. */
  async catchUp() {
    if (!this.id) return;
    this.#catchUpAgain = true;
    if (this.#catchingUp) return; // what is being fetched may be older than what this call is about: once more, then
    this.#catchingUp = true;
    while (this.#catchUpAgain) {
      this.#catchUpAgain = false;
      await this.#fetched(async (conversation) => this.state.replace(await latest(conversation)), this.handlers.ongone);
    }
    this.#catchingUp = false;
    if (this.id) this.commands.tell("watch", this.id);
  }

  /** The command `id` comes to nothing: what was typed goes back to where it was typed. @param {string} id @param {import("protocol").AnsweredCommand} [command] */
  takeBack(id, command) {
    this.stopWanted = false;
    const shown = this.state.discard(id);
    const unseen = command?.type === "send" || command?.type === "edit" ? command : undefined;
    const text = shown || unseen?.text;
    if (text) this.handlers.onrefused(text, shown ? this.id : unseen?.type === "send" ? unseen.conversation : null);
    void this.changed();
  }

  /**
   * @param {(conversation: string) => Promise<void>} fetching
   * @param {(conversation: string) => void} [onmissing]
   * @returns {Promise<boolean>} whether it is shown
   */
  async #fetched(fetching, onmissing = () => void this.catchUp()) {
    const { state } = this;
    if (!state.id) return false;
    try {
      await fetching(state.id);
      if (state !== this.state) return false;
      await this.changed();
      return true;
    } catch (error) {
      if (state !== this.state || !(error instanceof RequestFailed)) return false;
      if (error.status === 404) onmissing(state.id);
      else if (error.status) this.handlers.onproblem(error.message);
      return false;
    }
  }

  /** A running answer has got longer; nothing else is different. @param {string} id */
  grew(id) {
    const message = this.state.find(id);
    if (message && this.#list) this.#list.grew(message);
    else void this.changed();
  }

  /** Show what the state says now. @param {boolean} [toEnd] */
  async changed(toEnd = false) {
    const { state } = this;
    this.handlers.onchange(this);
    if (!this.#list && !state.path.length) return;
    const list = this.#list ?? (await this.list().catch(() => null));
    if (state !== this.state) return;
    if (!list) return this.handlers.onproblem("The server can’t be reached just now. What you wrote is kept, and sent when it is back.");
    list.show(state);
    if (toEnd) list.scroll.toEnd();
  }
}
