import { Anchor } from "messages/anchor";
import { Room } from "messages/room";

/**
 * Where the reader is. What was asked stands at the top while its answer grows below it; the end of the text is followed only where the
 * reader went there.
 */

const NEAR_END_PX = 64;
const NEAR_TOP_PX = 600;
const HELD_MS = 2_000; // formulas and colours above come a little later than their text
const GAP_PX = 8; // above the question that stands at the top
const QUESTION_RATIO = 0.4; // of the view, for a long question
const KEPT_RATIO = 0.35; // of the view, for the end of an answer that is continued
const JUMP_SCREENS = 2; // farther than a wheel or a key takes the reader between two frames

export class Scroll {
  #following = true;
  /** Whether what was asked is held at its place: until the reader moves. */
  #placed = false;
  #top = 0;
  /** Held for some time after something was put above, for that still grows. */
  #anchor;
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
    this.#anchor = new Anchor(scroller, content);
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

  /** Follow the end of other messages, which are about to be put in: nothing is measured before that. */
  restart() {
    this.room.close();
    this.#letGo();
    this.#following = true;
    this.#showButton(false);
  }

  /** Stay here, whatever grows. */
  hold() {
    this.#letGo();
    this.#following = false;
  }

  /** To an answer that begins: its question comes to the top. Of one that goes on the end is kept in sight. @param {HTMLElement} reply @param {boolean} isContinued */
  giveRoom(reply, isContinued) {
    const { clientHeight } = this.scroller;
    const kept = clientHeight * KEPT_RATIO;
    if (isContinued && reply.offsetHeight > kept) return this.#place(reply, kept - reply.offsetHeight);
    const question = /** @type {HTMLElement | null} */ (reply.previousElementSibling);
    if (question) this.#place(question, Math.min(GAP_PX, clientHeight * QUESTION_RATIO - question.offsetHeight));
  }

  /** Have a message begin `at` pixels below the upper edge, or above it, whatever grows below. @param {HTMLElement} message @param {number} at */
  #place(message, at) {
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
    this.#fitRoom();
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

  /** Where the messages got shorter, the browser has brought the page to its new end by now, before there was room again. */
  #fitRoom() {
    const { scrollTop } = this.scroller;
    const isAtEnd = this.#fromEnd < 1;
    if (this.room.fit() && isAtEnd && scrollTop < this.#top) this.scroller.scrollTop = this.#top;
  }

  /** Change what is there, and leave what is being read where it is. @param {() => void} change */
  keepPlace(change) {
    if (this.#following || this.#placed) return change();
    // What is held already stays the measure: at the upper edge there may be by now the end of something that was put above, and grows.
    if (this.#anchor.isGone) this.#anchor.take();
    change();
    if (!this.#anchor.isHeld) return;
    this.scroller.style.overflowAnchor = "none"; // the browser would hold what is at the edge, and we would take that for the reader's scrolling
    clearTimeout(this.#release);
    this.#release = setTimeout(() => this.#letGo(), HELD_MS);
    this.#holdPlace();
  }

  #letGo() {
    clearTimeout(this.#release);
    this.#placed = false;
    this.#anchor.release();
    this.scroller.style.overflowAnchor = "";
  }

  #holdPlace() {
    if (!this.#anchor.isHeld) return;
    if (this.#anchor.isGone) return this.#letGo();
    if (Math.abs(this.scroller.scrollTop - this.#top) > 1) return; // the reader moves on; the event that says so is about to come
    const { distance } = this.#anchor;
    if (!distance) return;
    this.scroller.scrollTop += distance;
    this.#top = this.scroller.scrollTop; // the next event tells of the reader's scrolling only
  }

  /** @param {boolean} visible */
  #showButton(visible) {
    if (this.button.hidden === visible) this.button.hidden = !visible;
  }

  #scrolled() {
    const { scrollTop } = this.scroller;
    const by = scrollTop - this.#top;
    if (Math.abs(by) > 1 && this.#placed) this.#letGo();
    // A reader who goes down to the end of the text wants to follow it. Where there is room below it, there is nothing to follow yet.
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
    if (!this.#anchor.isHeld) return;
    this.#anchor.shift(by);
    this.#holdPlace();
    if (this.#anchor.isHeld) this.#anchor.take();
  }
}
