import { Anchor } from "messages/anchor";

/** What is being read stays where it is when something is put above, and for some time after, for that still grows. */

const HELD_MS = 2_000; // formulas and colours above come a little later than their text

export class KeptPlace {
  #viewport;
  #anchor;
  #release = 0;

  /** @param {HTMLElement} scroller @param {HTMLElement} content @param {import("messages/viewport").Viewport} viewport of the scroller */
  constructor(scroller, content, viewport) {
    this.#viewport = viewport;
    this.#anchor = new Anchor(scroller, content);
  }

  /** @param {() => void} change of what is there */
  keep(change) {
    // What is held already stays the measure: at the upper edge there may be by now the end of something that was put above, and grows.
    if (this.#anchor.isGone) this.#anchor.take();
    change();
    if (!this.#anchor.isHeld) return;
    this.#viewport.isHeldByBrowser = false; // it would hold what is at the edge, and we would take that for the reader's scrolling
    clearTimeout(this.#release);
    this.#release = setTimeout(() => this.letGo(), HELD_MS);
    this.hold();
  }

  /** Something may have grown. */
  hold() {
    if (!this.#anchor.isHeld) return;
    if (this.#anchor.isGone) return this.letGo();
    if (Math.abs(this.#viewport.moved) > 1) return; // the reader moves on; the event that says so is about to come
    const { distance } = this.#anchor;
    if (distance) this.#viewport.moveBy(distance); // the next event tells of the reader's scrolling only
  }

  /** The reader has scrolled: what is held moves along, and something may have grown above it in the same moment. @param {number} by */
  shift(by) {
    if (!this.#anchor.isHeld) return;
    this.#anchor.shift(by);
    this.hold();
    if (this.#anchor.isHeld) this.#anchor.take();
  }

  letGo() {
    clearTimeout(this.#release);
    this.#anchor.release();
    this.#viewport.isHeldByBrowser = true;
  }
}
