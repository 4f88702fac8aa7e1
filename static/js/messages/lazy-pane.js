import { element, find, localStore } from "dom";
import { nextTask } from "event-loop";
import { whyUnsent } from "live/connection-notice";

/**
 * The messages of the open conversation. What shows them is loaded with the first of them.
 *
 * @typedef {import("conversation/state").ConversationState} State
 * @typedef {import("messages/list").MessageList} MessageList
 */
export class LazyPane {
  /** @type {MessageList | null} */
  #list = null;
  /** @type {import("messages/queued").QueuedMessages | null} */
  #queued = null;
  /** @type {Promise<ReturnType<typeof import("messages/pane").openPane>> | null} */
  #loading = null;
  /** @type {State | null} */
  #state = null;
  #why = whyUnsent({ name: "connecting" });
  #unsent = element("div", { class: "messages column" });

  /** @param {import("messages/pane").MessageActions} actions */
  constructor(actions) {
    this.actions = actions;
  }

  /** @returns {Promise<MessageList>} */
  async load() {
    this.#loading ??= import("messages/pane").then(async ({ openPane }) => {
      await nextTask(); // it took long to begin: a click or a key gets its turn
      return openPane(this.actions);
    });
    try {
      ({ list: this.#list, queued: this.#queued } = await this.#loading);
    } catch (error) {
      this.#loading = null; // offline; the next one asks again
      throw error;
    }
    this.#list.setUnsent(this.#why);
    this.#queued.setUnsent(this.#why);
    return this.#list;
  }

  /**
   * Show what the state says now. Fails where what shows it can't be loaded, unless all of it is still to be sent.
   *
   * @param {State} state @param {boolean} [asked] whether the user has asked something
   */
  async show(state, asked = false) {
    this.#state = state;
    this.#unsent.remove();
    if (!this.#loading && !state.path.length && !this.#waits(state)) return;
    let list = this.#list;
    try {
      list ??= await this.load();
    } catch (error) {
      if (state !== this.#state) return;
      this.#showUnsent(state);
      if (!state.path.every((message) => message.local)) throw error;
    }
    if (!list || state !== this.#state) return; // another conversation is open by now
    this.#queued?.show(state); // first, for it may send something
    list.show(state);
    if (asked) list.showAsked();
  }

  /** What was written offline, before the page could show messages. @param {State} state */
  #showUnsent(state) {
    const written = state.path.filter((message) => message.local && message.role === "user");
    const messages = written.map((message) => {
      const text = element("div", { class: "text", dir: "auto" }, message.parts.map((part) => part.text ?? part.name).join("\n"));
      const remark = element("p", { class: "remark" }, this.#why);
      const parts = [element("h2", { class: "for-readers" }, "You"), element("div", { class: "body" }, text)];
      return element("article", { class: "message waiting", "data-role": "user" }, ...parts, element("div", { class: "foot" }, remark));
    });
    this.#unsent.replaceChildren(...messages);
    find(".main > .scroll").append(this.#unsent);
  }

  /** Whether a message waits for its files: others wait behind it. */
  get waitsForFiles() {
    return this.#queued?.waitsForFiles ?? false;
  }

  /** Whether the first message of a new conversation waits for its files. @param {State} state */
  #waits(state) {
    return !state.id && (localStore.get(`queued:${this.actions.queue.user}`)?.includes('"after":""') ?? false);
  }

  /**
   * Send it when the running answer is done and its files are uploaded.
   *
   * @param {import("conversation/queue").Written} written
   * @returns {boolean} whether it was taken
   */
  queue(written) {
    const state = this.#state;
    if (!this.#queued) {
      void this.load()
        .then(() => (state && this.#queued?.show(state), this.#queued?.add(written)))
        .catch(() => this.actions.putBack(written.text, written.files));
      return true;
    }
    if (state) this.#queued.show(state); // what was loaded while something was written has shown nothing yet
    const taken = this.#queued.add(written);
    const last = this.#queued?.element.lastElementChild;
    if (taken && last) this.#list?.scroll.bring(last);
    return taken;
  }

  /** A running reply has got longer; nothing else is different. @param {import("page").Message} message @returns {boolean} whether it can be shown yet */
  grew(message) {
    this.#list?.grew(message);
    return Boolean(this.#list);
  }

  /** Print all of it. Fails where it can't be loaded. @param {State} state */
  async print(state) {
    const [list, { printWhole }] = await Promise.all([this.load(), import("messages/printing")]);
    await printWhole(state, list);
  }

  /** Bring a message into view. @param {State} state @param {string} message */
  async reveal(state, message) {
    const [list, { reveal }] = await Promise.all([this.load(), import("messages/reveal")]);
    if (state === this.#state) reveal(list, message);
  }

  /** Add what came above without moving what is being read. */
  drawAbove() {
    this.#list?.drawAbove();
  }

  /** Stay where the reader is, whatever grows. */
  hold() {
    this.#list?.scroll.hold();
  }

  /** @param {string} why what is written can't be sent now; "" where it can */
  setUnsent(why) {
    this.#why = why;
    this.#list?.setUnsent(why);
    this.#queued?.setUnsent(why);
    for (const remark of this.#unsent.querySelectorAll(".remark")) remark.textContent = why;
  }
}
