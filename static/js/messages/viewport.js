/** What the reader sees of the messages: how far it is scrolled, and where it was put last. What differs from that is the reader's doing. */

const NEAR_END_PX = 64;
const NEAR_TOP_PX = 600;
const NEAR_SCREENS = 3; // farther, it doesn't glide there

export class Viewport {
  #scroller;
  #top = 0;

  /** @param {HTMLElement} scroller */
  constructor(scroller) {
    this.#scroller = scroller;
  }

  get height() {
    return this.#scroller.clientHeight;
  }

  get fromEnd() {
    return this.#scroller.scrollHeight - this.#scroller.clientHeight - this.#scroller.scrollTop;
  }

  get isNearEnd() {
    return this.fromEnd < NEAR_END_PX;
  }

  get isNearTop() {
    return this.#scroller.scrollTop < NEAR_TOP_PX;
  }

  /** How far the reader has scrolled since it was put somewhere, or settled. */
  get moved() {
    return this.#scroller.scrollTop - this.#top;
  }

  /** It is where it should be. */
  settle() {
    this.#top = this.#scroller.scrollTop;
  }

  /** @param {number} distance */
  moveBy(distance) {
    this.#scroller.scrollTop += distance;
    this.settle();
  }

  /** To where it was put last. */
  restore() {
    this.#scroller.scrollTop = this.#top;
  }

  toEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.settle(); // the next event tells of the reader's scrolling only
  }

  /** @param {boolean} smoothly where it isn't far, and the user wants things to move */
  travelToEnd(smoothly) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const near = this.fromEnd < this.height * NEAR_SCREENS;
    this.#scroller.scrollTo({ top: this.#scroller.scrollHeight, behavior: smoothly && near && !still ? "smooth" : "instant" });
    this.settle();
  }

  /** Whether the browser itself holds what is at the edge. @param {boolean} holds */
  set isHeldByBrowser(holds) {
    this.#scroller.style.overflowAnchor = holds ? "" : "none";
  }
}
