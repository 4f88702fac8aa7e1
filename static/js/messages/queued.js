import { Queue } from "conversation/queue";
import { announce, element } from "dom";
import { newId } from "live/outbox";
import { Plain } from "messages/plain";

/**
 * What waits below the messages until the answer above is done. It is sent from here.
 *
 * @typedef {import("conversation/queue").Queued} Queued
 * @typedef {import("conversation/state").ConversationState} State
 * @typedef {{
 *   user: string, send: (text: string, id: string) => void, stop: () => void, putBack: (text: string) => void, focus: () => void,
 * }} QueueActions  `putBack`: to where messages are written, which is what `focus` gives the focus.
 */

const NOT_SENT = {
  age: "Not sent: it was written more than an hour ago",
  branch: "Not sent: it was written below another answer",
  failure: "Not sent: the answer before it was not completed",
};

export class QueuedMessages {
  element = element("section", { class: "messages column queued", "aria-label": "Not sent yet", hidden: true });
  #queue;
  /** @type {State | null} */
  #state = null;
  #shown = "";
  #unsent = "";
  /** @type {Map<string, Queued>} those on show */
  #items = new Map();

  /** @param {QueueActions} actions @param {() => void} redraw has `draw` called with the next frame of the messages */
  constructor(actions, redraw) {
    this.actions = actions;
    this.redraw = redraw;
    this.#queue = new Queue(actions.user);
    this.#queue.onchange(() => this.#state && this.show(this.#state));
    this.element.addEventListener("click", (event) => {
      const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("button[data-queued]"));
      const id = /** @type {HTMLElement | null} */ (button?.closest("article"))?.dataset.id;
      if (button && id) this.#act(button.dataset.queued ?? "", id);
    });
  }

  /** @param {string} text */
  add(text) {
    const after = this.#state?.last?.id;
    if (!this.#state || !after) return false;
    this.#queue.add({ id: newId(), conversation: this.#state.id, after, text, time: Date.now() });
    this.show(this.#state);
    this.draw();
    announce("It will be sent when this answer is done.");
    return true;
  }

  /** @param {State} state */
  show(state) {
    if (state !== this.#state) this.#items.clear();
    this.#state = state;
    const items = this.#queue.of(state);
    this.#giveBack(items);
    const [next] = items;
    if (next && !state.running && state.last && !this.#queue.obstacle(next, state)) return this.#send(next);
    this.redraw();
  }

  /** Its conversation never came to be: the first message was refused, and this one would stay here unseen. @param {Queued[]} items */
  #giveBack(items) {
    for (const { id, conversation } of this.#items.values()) {
      const lost = !conversation && !items.some((one) => one.id === id) ? this.#queue.remove(id) : undefined;
      if (lost && !lost.conversation) this.actions.putBack(lost.text);
    }
    this.#items = new Map(items.map((one) => [one.id, one]));
  }

  /** @param {Queued} item */
  #send(item) {
    const taken = this.#queue.take(item.id);
    if (taken) this.actions.send(taken.text, taken.id);
  }

  /** @param {string} why what is written can't be sent now; "" where it can */
  setUnsent(why) {
    this.#unsent = why;
    if (this.#state) this.show(this.#state);
  }

  /** @param {string} action @param {string} id */
  #act(action, id) {
    const state = this.#state;
    if (!state) return;
    if (action === "now") {
      this.#queue.sendNow(id);
      if (state.running) this.actions.stop();
    } else {
      this.#items.delete(id);
      const item = this.#queue.remove(id);
      if (item && action === "edit") this.actions.putBack(item.text);
    }
    this.show(state);
    this.actions.focus();
  }

  /** Together with the messages: what is sent is never neither here nor there. */
  draw() {
    const state = this.#state;
    if (!state) return;
    const rows = [...this.#items.values()].map((item) => ({ item, remark: this.#remark(item, state), send: this.#wayToSend(item, state) }));
    const shown = JSON.stringify(rows.map(({ item, remark, send }) => [item.id, remark, send]));
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.element.hidden = !rows.length;
    const focused = /** @type {HTMLElement | null} */ (this.element.contains(document.activeElement) ? document.activeElement : null);
    this.element.replaceChildren(...rows.map(({ item, remark, send }) => bubble(item, remark, send)));
    if (focused) this.#focusAgain(focused);
  }

  /** Its like, or where messages are written. @param {HTMLElement} button that had the focus, before all were replaced */
  #focusAgain(button) {
    const id = /** @type {HTMLElement | null} */ (button.closest("article"))?.dataset.id;
    const like = this.element.querySelector(`[data-id="${id}"] [data-queued="${button.dataset.queued}"]`);
    if (like instanceof HTMLElement) like.focus();
    else this.actions.focus();
  }

  /** @param {Queued} item @param {State} state */
  #remark(item, state) {
    if (item.now) return this.#unsent || "Will be sent in a moment";
    const obstacle = this.#queue.obstacle(item, state);
    return obstacle ? NOT_SENT[obstacle] : "Will be sent when this answer is done";
  }

  /** What its button for sending says. While the connection is away the running answer can't be stopped, so there is none. @param {Queued} item @param {State} state */
  #wayToSend(item, { running }) {
    if (item.now || (running && this.#unsent)) return "";
    return running ? "Send now" : "Send";
  }
}

/** @param {Queued} item @param {string} remark @param {string} send */
function bubble(item, remark, send) {
  const text = new Plain();
  text.update(item.text);
  const button = (/** @type {string} */ label, /** @type {string} */ action) =>
    element("button", { type: "button", "data-queued": action }, label);
  const buttons = [button("Edit", "edit"), button("Remove", "remove")];
  if (send) buttons.unshift(button(send, "now"));
  return element(
    "article",
    { class: "message waiting", "data-role": "user", "data-id": item.id },
    element("h2", { class: "for-readers" }, "You, not sent yet"),
    element("div", { class: "body" }, text.element),
    element("div", { class: "foot" }, element("p", { class: "remark" }, remark), element("div", { class: "bar" }, ...buttons)),
  );
}
