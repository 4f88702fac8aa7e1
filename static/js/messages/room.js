import { element } from "dom";

/** Empty room below the last messages: as much as a question needs to stand at the top of the view. Its answer grows into it. */

export class Room {
  element = element("div", { class: "room" });
  #scroller;
  /** @type {HTMLElement | null} */
  #message = null;
  #at = 0;
  #height = 0;

  /** @param {HTMLElement} scroller */
  constructor(scroller) {
    this.#scroller = scroller;
  }

  get isEmpty() {
    return !this.#height;
  }

  /** From now on there is room for this message to begin `at` pixels below the upper edge, or above it. @param {HTMLElement} message @param {number} at */
  open(message, at) {
    this.#message = message;
    this.#at = Math.min(at, message.offsetTop);
    this.fit();
  }

  close() {
    this.#message = null;
    this.fit();
  }

  /** The messages may be longer or shorter by now. @returns {boolean} whether there is more room than before */
  fit() {
    const height = Math.max(0, Math.floor(this.#needed()));
    const before = this.#height;
    if (height === before) return false;
    this.#height = height;
    this.element.style.blockSize = `${height}px`;
    return height > before;
  }

  #needed() {
    if (!this.#message?.isConnected) return 0;
    const below = this.element.getBoundingClientRect().top - this.#message.getBoundingClientRect().top;
    return this.#scroller.clientHeight - this.#at - below;
  }

  /** How far the message is from its place. */
  get distance() {
    if (!this.#message?.isConnected) return 0;
    return this.#message.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top - this.#at;
  }
}
