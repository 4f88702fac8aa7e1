/** Where the reader is: follows the end of the text, unless they scrolled away from it. */

const NEAR_END_PX = 64;
const NEAR_TOP_PX = 600;
const ROUNDING_PX = 2;
const HELD_MS = 2_000; // formulas and colours above come a little later than their text

export class Scroll {
  #following = true;
  #top = 0;
  /** @type {{anchor: Element, at: number, until: number} | null} what is to stay where it is, while what was put above it still grows */
  #held = null;

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} content
   * @param {HTMLElement} button brings the reader back to the end
   * @param {() => void} onTop
   */
  constructor(scroller, content, button, onTop) {
    this.scroller = scroller;
    this.content = content;
    this.button = button;
    this.onTop = onTop;
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    button.addEventListener("click", () => this.toEnd(true));
    const growth = new ResizeObserver(() => this.follow());
    growth.observe(content);
    growth.observe(scroller);
  }

  get #fromEnd() {
    return this.scroller.scrollHeight - this.scroller.clientHeight - this.scroller.scrollTop;
  }

  /** @param {boolean} [smoothly] */
  toEnd(smoothly = false) {
    this.#following = true;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const near = this.#fromEnd < this.scroller.clientHeight * 3;
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: smoothly && near && !still ? "smooth" : "instant" });
    this.#top = this.scroller.scrollTop;
    this.#showButton(false);
  }

  /** Stay here, whatever grows. */
  hold() {
    this.#following = false;
  }

  /** The content may have grown. */
  follow() {
    if (!this.#following) {
      this.#holdPlace();
      return this.#showButton(this.#fromEnd >= NEAR_END_PX);
    }
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#top = this.scroller.scrollTop; // the next event tells of the reader's scrolling only
  }

  /** Change what is there, and leave what is being read where it is. @param {() => void} change */
  keepPlace(change) {
    if (this.#following) return change();
    const anchor = this.#anchor();
    const before = anchor?.getBoundingClientRect().top ?? 0;
    change();
    if (!anchor?.isConnected) return;
    this.#held = { anchor, at: before, until: performance.now() + HELD_MS };
    this.#holdPlace();
  }

  #holdPlace() {
    const held = this.#held;
    if (!held?.anchor.isConnected || performance.now() > held.until) return;
    const moved = held.anchor.getBoundingClientRect().top - held.at;
    if (!moved) return;
    this.scroller.scrollTop += moved;
    this.#top = this.scroller.scrollTop; // the next event tells of the reader's scrolling only
  }

  /**
   * The reader has moved on; or the browser has corrected for what grew above. It does that by whole pixels, so its corrections must
   * not become the new place: they would add up.
   *
   * @param {{anchor: Element, at: number}} held
   */
  #heldElsewhere(held) {
    const at = held.anchor.getBoundingClientRect().top;
    if (Math.abs(at - held.at) > ROUNDING_PX) held.at = at;
    else this.#holdPlace();
  }

  /** What stands at the upper edge: of a message, the block. */
  #anchor() {
    const edge = this.scroller.getBoundingClientRect().top;
    const message = firstBelow(this.content.children, edge);
    const text = message && [...message.querySelectorAll(".text")].find((one) => one.getBoundingClientRect().bottom > edge);
    return (text && firstBelow(text.children, edge)) ?? message;
  }

  /** @param {boolean} visible */
  #showButton(visible) {
    if (this.button.hidden === visible) this.button.hidden = !visible;
  }

  #scrolled() {
    const moved = Math.abs(this.scroller.scrollTop - this.#top) > 1;
    if (this.#held && moved && !this.#following) this.#heldElsewhere(this.#held);
    const { scrollTop } = this.scroller;
    // Growing text never moves the page up; only the reader does.
    if (scrollTop < this.#top - 1) this.#following = false;
    if (this.#fromEnd < NEAR_END_PX) this.#following = true;
    this.#top = scrollTop;
    this.#showButton(!this.#following);
    if (scrollTop < NEAR_TOP_PX) this.onTop();
  }
}

/** Of elements one below the other, the first that ends below `edge`. @param {HTMLCollection} elements @param {number} edge */
function firstBelow(elements, edge) {
  let low = 0;
  let high = elements.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((elements[middle]?.getBoundingClientRect().bottom ?? 0) > edge) high = middle;
    else low = middle + 1;
  }
  return elements[low];
}
