/** Where the reader is: follows the end of the text, unless they scrolled away from it. */

const NEAR_END = 64;
const NEAR_TOP = 600;

export class Scroll {
  #following = true;
  #top = 0;

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} content
   * @param {HTMLElement} button brings the reader back to the end
   * @param {() => void} onTop
   */
  constructor(scroller, content, button, onTop) {
    this.scroller = scroller;
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
    this.#offerEnd(false);
  }

  /** Stay here, whatever grows. */
  hold() {
    this.#following = false;
  }

  /** The content may have grown. */
  follow() {
    if (this.#following) this.scroller.scrollTop = this.scroller.scrollHeight;
    else this.#offerEnd(this.#fromEnd >= NEAR_END);
  }

  /** Change what is above, and leave what is being read where it is. @param {() => void} change */
  keepPlace(change) {
    const fromEnd = this.scroller.scrollHeight - this.scroller.scrollTop;
    change();
    this.scroller.scrollTop = this.scroller.scrollHeight - fromEnd;
  }

  /** @param {boolean} offered */
  #offerEnd(offered) {
    if (this.button.hidden === offered) this.button.hidden = !offered;
  }

  #scrolled() {
    const { scrollTop } = this.scroller;
    // Growing text never moves the page up; only the reader does.
    if (scrollTop < this.#top - 1) this.#following = false;
    if (this.#fromEnd < NEAR_END) this.#following = true;
    this.#top = scrollTop;
    this.#offerEnd(!this.#following);
    if (scrollTop < NEAR_TOP) this.onTop();
  }
}
