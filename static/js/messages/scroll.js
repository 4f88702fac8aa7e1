import { Room } from "messages/room";

/**
 * Where the reader is. What was asked stands at the top while its answer grows below it; the end of the text is followed only where the
 * reader went there.
 */

const NEAR_END_PX = 64;
const NEAR_TOP_PX = 600;
const HELD_MS = 2_000; // formulas and colours above come a little later than their text
const JUMP_SCREENS = 2; // farther than a wheel or a key takes the reader between two frames

export class Scroll {
  #following = true;
  /** Whether what was asked is held at its place: until the reader moves. */
  #placed = false;
  #top = 0;
  /** @type {{anchor: Element, at: number} | null} what is to stay where it is, while what was put above it still grows */
  #held = null;
  #release = 0;
  #growth = new ResizeObserver(() => this.follow());

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
    this.room = new Room(scroller);
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    button.addEventListener("click", () => this.toEnd(true));
    this.#growth.observe(content);
    this.#growth.observe(scroller);
  }

  /** Something else that is below the messages. @param {HTMLElement} element */
  watch(element) {
    this.#growth.observe(element);
  }

  get isAtEnd() {
    return this.#following || this.#fromEnd < NEAR_END_PX;
  }

  get #fromEnd() {
    return this.scroller.scrollHeight - this.scroller.clientHeight - this.scroller.scrollTop;
  }

  get nearTop() {
    return this.scroller.scrollTop < NEAR_TOP_PX;
  }

  /** @param {boolean} [smoothly] */
  toEnd(smoothly = false) {
    this.#letGo();
    this.#following = true;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const near = this.#fromEnd < this.scroller.clientHeight * 3;
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: smoothly && near && !still ? "smooth" : "instant" });
    this.#top = this.scroller.scrollTop;
    this.#showButton(false);
  }

  /** Stay here, whatever grows. */
  hold() {
    this.#letGo();
    this.#following = false;
  }

  /** Have a message begin `at` pixels below the upper edge, or above it, whatever grows below. @param {HTMLElement} message @param {number} at */
  place(message, at) {
    this.hold();
    this.room.open(message, at);
    this.#placed = true;
    this.scroller.style.overflowAnchor = "none"; // the browser would hold something else
  }

  /** Bring what is below the messages into view. @param {Element} element */
  bring(element) {
    this.room.fit();
    if (this.#following) return this.follow();
    element.scrollIntoView({ block: "nearest", behavior: "instant" });
    if (this.scroller.scrollTop !== this.#top) this.hold();
    this.#top = this.scroller.scrollTop;
  }

  /** The content may have grown. */
  follow() {
    this.room.fit();
    if (this.#placed) {
      const { distance } = this.room;
      if (Math.abs(distance) >= 1) this.scroller.scrollTop += distance;
      this.#top = this.scroller.scrollTop;
      return this.#showButton(this.#fromEnd >= NEAR_END_PX);
    }
    if (!this.#following) {
      this.#holdPlace();
      return this.#showButton(this.#fromEnd >= NEAR_END_PX);
    }
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#top = this.scroller.scrollTop; // the next event tells of the reader's scrolling only
  }

  /** Change what is there, and leave what is being read where it is. @param {() => void} change */
  keepPlace(change) {
    if (this.#following || this.#placed) return change();
    // What is held already stays the measure: at the upper edge there may be by now the end of something that was put above, and grows.
    if (!this.#held?.anchor.isConnected) this.#holdHere();
    change();
    if (!this.#held) return;
    this.scroller.style.overflowAnchor = "none"; // the browser would hold what is at the edge, and we would take that for the reader's scrolling
    clearTimeout(this.#release);
    this.#release = setTimeout(() => this.#letGo(), HELD_MS);
    this.#holdPlace();
  }

  #letGo() {
    clearTimeout(this.#release);
    this.#placed = false;
    this.#held = null;
    this.scroller.style.overflowAnchor = "";
  }

  #holdHere() {
    const anchor = this.#anchor();
    this.#held = anchor ? { anchor, at: anchor.getBoundingClientRect().top } : null;
  }

  #holdPlace() {
    if (!this.#held) return;
    if (!this.#held.anchor.isConnected) return this.#letGo();
    if (Math.abs(this.scroller.scrollTop - this.#top) > 1) return; // the reader moves on; the event that says so is about to come
    const moved = this.#held.anchor.getBoundingClientRect().top - this.#held.at;
    if (!moved) return;
    this.scroller.scrollTop += moved;
    this.#top = this.scroller.scrollTop; // the next event tells of the reader's scrolling only
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
    const { scrollTop } = this.scroller;
    const by = scrollTop - this.#top;
    if (Math.abs(by) > 1 && this.#placed) this.#letGo();
    // Whoever goes down to the end of the text wants to follow it. Where there is room below it, there is nothing to follow yet.
    if (by > 1) this.#following = this.#fromEnd < NEAR_END_PX && (this.#following || this.room.isEmpty);
    else if (by < -1) this.#following &&= this.#fromEnd < NEAR_END_PX; // growing text never moves the page up; only the reader does
    this.#top = scrollTop;
    if (Math.abs(by) > 1) this.#readerMoved(by);
    this.#showButton(!this.#following && this.#fromEnd >= NEAR_END_PX);
    if (this.nearTop) this.onTop();
  }

  /** What is held moves along, and something may have grown above it in the same moment. @param {number} by */
  #readerMoved(by) {
    // A reader who jumps, by the browser's search or a link, leaves the place behind: the browser anchors the new place itself.
    if (this.#following || Math.abs(by) > this.scroller.clientHeight * JUMP_SCREENS) this.#letGo();
    if (!this.#held) return;
    this.#held.at -= by;
    this.#holdPlace();
    if (this.#held) this.#holdHere();
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
