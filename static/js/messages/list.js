import { element, find } from "dom";
import { MessageView } from "messages/message";
import { Scroll } from "messages/scroll";

/**
 * The messages of the open conversation: one view each, drawn at most once per frame.
 *
 * @typedef {import("conversation/state").ConversationState} State
 */

const BUSY_SHARE = 3; // after a frame that took t, leave the page alone for 3 t

export class MessageList {
  element = element("div", { class: "messages column" });
  /** @type {Map<string, MessageView>} */
  #views = new Map();
  /** @type {State | null} */
  #state = null;
  #offline = false;
  #planned = false;
  #notBefore = 0;

  /** @param {() => void} onTop called when the reader comes near the first message shown */
  constructor(onTop) {
    this.scroll = new Scroll(find(".main > .scroll"), this.element, find(".latest"), onTop);
  }

  /** @param {State} state */
  show(state) {
    if (state === this.#state) return this.refresh();
    this.#state = state;
    this.#views.clear();
    this.element.replaceChildren();
    this.#draw();
    this.scroll.toEnd();
  }

  /** Something changed: draw it with the next frame. */
  refresh() {
    if (this.#planned) return;
    this.#planned = true;
    const rest = this.#notBefore - performance.now();
    if (rest > 16) setTimeout(() => requestAnimationFrame(() => this.#draw()), rest);
    else requestAnimationFrame(() => this.#draw());
  }

  /** @param {boolean} offline */
  setOffline(offline) {
    if (this.#offline === offline) return;
    this.#offline = offline;
    this.refresh();
  }

  /** Add what came above without moving what is being read. */
  drawAbove() {
    this.scroll.keepPlace(() => this.#draw());
  }

  /** @param {string} id */
  view(id) {
    return [...this.#views.values()].find((view) => view.message.id === id);
  }

  #draw() {
    this.#planned = false;
    const state = this.#state;
    if (!state) return;
    const began = performance.now();
    this.#place(state.path);
    let complete = true;
    // From the end upwards, because that is what is being read; a slow history yields to the next frame.
    for (const message of state.path.toReversed()) {
      const late = performance.now() - began > 30;
      if (late) complete = false;
      else complete = (this.#views.get(message.key ?? message.id)?.update({ last: message === state.last, offline: this.#offline }) ?? true) && complete;
    }
    this.scroll.follow();
    // A history that isn't all there yet goes on with the next frame; a running answer can wait a little.
    this.#notBefore = complete ? performance.now() + (performance.now() - began) * BUSY_SHARE : 0;
    if (!complete) this.refresh();
  }

  /** @param {import("page").Message[]} path */
  #place(path) {
    const keys = new Set(path.map((message) => message.key ?? message.id));
    for (const [key, view] of this.#views) {
      if (keys.has(key)) continue;
      view.element.dispatchEvent(new Event("removed"));
      view.element.remove();
      this.#views.delete(key);
    }
    /** @type {ChildNode | null} */
    let next = this.element.firstChild;
    for (const message of path) {
      const key = message.key ?? message.id;
      let view = this.#views.get(key);
      if (!view || view.message !== message) {
        view?.element.remove();
        view = new MessageView(message);
        this.#views.set(key, view);
        if (next && !next.isConnected) next = this.element.firstChild;
      }
      if (view.element === next) next = next.nextSibling;
      else this.element.insertBefore(view.element, next);
    }
  }
}
