import { Queue } from "conversation/queue";
import { announce, element } from "dom";
import { newId } from "live/outbox";
import { queuedMessage, remarkOn } from "messages/queued-message";

/**
 * What waits below the messages until the answer above is done. It is sent from here.
 *
 * @typedef {import("conversation/queue").Queued} Queued
 * @typedef {import("conversation/state").ConversationState} State
 * @typedef {{
 *   user: string, files: import("attachments/attachments").Attachments, send: (item: Queued) => void, stop: () => void,
 *   putBack: (text: string, files?: string[]) => void, focus: () => void,
 * }} QueueActions  `putBack`: to where messages are written, which is what `focus` gives the focus.
 */

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
    this.#queue = new Queue(actions.user, actions.files.records);
    this.#queue.onchange(() => this.#state && this.show(this.#state));
    actions.files.records.onchange((key) => {
      const waiting = [...this.#items.values()].some(({ files }) => files?.includes(key));
      if (waiting && this.#state) this.show(this.#state);
    });
    this.element.addEventListener("click", (event) => {
      const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("button[data-queued]"));
      const id = /** @type {HTMLElement | null} */ (button?.closest("article"))?.dataset.id;
      if (button && id) this.#act(button.dataset.queued ?? "", id);
    });
  }

  /** @param {import("conversation/queue").Written} written @returns {boolean} whether it was taken */
  add(written) {
    const state = this.#state;
    if (!state) return false;
    const place = { conversation: state.id, after: state.last?.id ?? "", now: !state.running };
    this.#queue.add({ ...written, ...place, id: newId(), time: Date.now() });
    this.show(state);
    this.draw();
    announce(state.running ? "It will be sent when this answer is done." : "It will be sent when its files are uploaded.");
    return true;
  }

  get waitsForFiles() {
    const state = this.#state;
    return Boolean(state && [...this.#items.values()].some((item) => this.#queue.obstacle(item, state) === "upload"));
  }

  /** @param {State} state */
  show(state) {
    if (state !== this.#state) this.#items.clear();
    this.#state = state;
    const items = this.#queue.of(state);
    this.#giveBack(items);
    const [next] = items;
    this.actions.files.resume(items.flatMap(({ files = [] }) => files));
    if (next && !state.running && (state.last || !next.after) && !this.#queue.obstacle(next, state)) return this.#send(next);
    this.redraw();
  }

  /** Its conversation never came to be: the first message was refused, and this one would stay here unseen. @param {Queued[]} items */
  #giveBack(items) {
    for (const { id, conversation } of this.#items.values()) {
      const lost = !conversation && !items.some((one) => one.id === id) ? this.#queue.remove(id) : undefined;
      if (lost && !lost.conversation) this.actions.putBack(lost.text, lost.files);
    }
    this.#items = new Map(items.map((one) => [one.id, one]));
  }

  /** @param {Queued} item */
  #send(item) {
    const taken = this.#queue.take(item.id);
    if (taken) this.actions.send(taken);
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
      if (item && action === "edit") this.actions.putBack(item.text, item.files);
      else if (item) this.actions.files.takeBack(item.files ?? []);
    }
    this.show(state);
    this.actions.focus();
  }

  /** Together with the messages: what is sent is never neither here nor there. */
  draw() {
    const state = this.#state;
    if (!state) return;
    const rows = [...this.#items.values()].map((item) => ({
      item,
      remark: remarkOn(item, this.#queue.obstacle(item, state), this.actions.files.records, this.#unsent),
      send: this.#wayToSend(item, state),
    }));
    const shown = JSON.stringify(rows.map(({ item, remark, send }) => [item.id, remark, send]));
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.element.hidden = !rows.length;
    this.element.parentElement?.classList.toggle("occupied", rows.length > 0); // in a new chat, there is no greeting then
    const focused = /** @type {HTMLElement | null} */ (this.element.contains(document.activeElement) ? document.activeElement : null);
    this.element.replaceChildren(
      ...rows.map(({ item, remark, send }) => queuedMessage(item, this.actions.files.records.all(item.files ?? []), remark, send)),
    );
    if (focused) this.#focusAgain(focused);
  }

  /** Its like, or where messages are written. @param {HTMLElement} button that had the focus, before all were replaced */
  #focusAgain(button) {
    const id = /** @type {HTMLElement | null} */ (button.closest("article"))?.dataset.id;
    const like = this.element.querySelector(`[data-id="${id}"] [data-queued="${button.dataset.queued}"]`);
    if (like instanceof HTMLElement) like.focus();
    else this.actions.focus();
  }

  /** What its button for sending says. While the connection is away the running answer can't be stopped, so there is none. @param {Queued} item @param {State} state */
  #wayToSend(item, state) {
    const { running } = state;
    const obstacle = this.#queue.obstacle(item, state);
    if (obstacle === "file" || obstacle === "upload" || (item.now && !obstacle) || (running && this.#unsent)) return "";
    return running ? "Send now" : "Send";
  }
}
