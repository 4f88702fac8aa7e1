import { MessageView } from "messages/message";

/**
 * What stands on the page for each message: one view each, in the order of the path.
 *
 * @typedef {import("page").Message} Message
 */

const UNLOADED =
  "What was said before is not loaded yet. To print all of it, choose “Print or save as PDF” in the conversation’s menu, at the top right.";

export class MessageViews {
  /** @type {Map<string, MessageView>} */
  #views = new Map();
  #within;

  /** @param {HTMLElement} within */
  constructor(within) {
    this.#within = within;
  }

  clear() {
    this.#views.clear();
    this.#within.replaceChildren();
  }

  /** @param {string} key of a message */
  get(key) {
    return this.#views.get(key);
  }

  /** @param {string} id */
  withId(id) {
    return [...this.#views.values()].find((view) => view.message.id === id);
  }

  /** Have a view for each message of the path, at its place, and no others. @param {import("conversation/state").ConversationState} state */
  place({ path, older }) {
    if (older) this.#within.dataset.unloaded = UNLOADED;
    else delete this.#within.dataset.unloaded;
    const keys = new Set(path.map(keyOf));
    for (const [key, view] of this.#views) {
      if (keys.has(key)) continue;
      view.element.dispatchEvent(new Event("removed"));
      view.element.remove();
      this.#views.delete(key);
    }
    /** @type {ChildNode | null} */
    let next = this.#within.firstChild;
    for (const message of path) {
      const key = keyOf(message);
      let view = this.#views.get(key);
      if (!view || view.message !== message) {
        view?.element.remove();
        view = new MessageView(message);
        this.#views.set(key, view);
        if (next && !next.isConnected) next = this.#within.firstChild;
      }
      if (view.element === next) next = next.nextSibling;
      else this.#within.insertBefore(view.element, next);
    }
  }

  /**
   * Bring the page up to what the message says now, for as long as there is time.
   *
   * @param {Message} message @param {{last: boolean, unsent: string}} place @param {() => boolean} isTime
   * @returns {boolean} whether all of it is shown
   */
  update(message, place, isTime) {
    const view = this.#views.get(keyOf(message));
    let complete = false;
    do complete = view?.update(place) ?? true;
    while (!complete && isTime());
    if (complete) view?.settle();
    return complete;
  }
}

/** Stays the same for as long as the page shows it. @param {Message} message */
export const keyOf = (message) => message.key ?? message.id;
