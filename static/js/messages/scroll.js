import { KeptPlace } from "messages/kept-place";
import { Room } from "messages/room";
import { Viewport } from "messages/viewport";

/**
 * Where the reader is. What was asked stands at the top while its answer grows below it; the end of the text is followed only where the
 * reader went there.
 */

const GAP_PX = 8; // above the question that stands at the top
const QUESTION_RATIO = 0.4; // of the view, for a long question
const KEPT_RATIO = 0.35; // of the view, for the end of an answer that is continued
const JUMP_SCREENS = 2; // farther than a wheel or a key takes the reader between two frames

export class Scroll {
  #viewport;
  #following = true;
  /** Whether what was asked is held at its place: until the reader moves. */
  #placed = false;
  #keptPlace;
  #growth = new ResizeObserver(() => this.follow());

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} content
   * @param {HTMLElement} button brings the reader back to the end
   * @param {() => void} onTop
   */
  constructor(scroller, content, button, onTop) {
    this.button = button;
    this.onTop = onTop;
    this.room = new Room(scroller);
    this.#viewport = new Viewport(scroller);
    this.#keptPlace = new KeptPlace(scroller, content, this.#viewport);
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
    return this.#following || this.#viewport.isNearEnd;
  }

  get nearTop() {
    return this.#viewport.isNearTop;
  }

  /** @param {boolean} [smoothly] */
  toEnd(smoothly = false) {
    this.#letGo();
    this.#following = true;
    this.#viewport.travelToEnd(smoothly);
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
    const { height } = this.#viewport;
    const kept = height * KEPT_RATIO;
    if (isContinued && reply.offsetHeight > kept) return this.#place(reply, kept - reply.offsetHeight);
    const question = /** @type {HTMLElement | null} */ (reply.previousElementSibling);
    if (question) this.#place(question, Math.min(GAP_PX, height * QUESTION_RATIO - question.offsetHeight));
  }

  /** Have a message begin `at` pixels below the upper edge, or above it, whatever grows below. @param {HTMLElement} message @param {number} at */
  #place(message, at) {
    this.hold();
    this.room.open(message, at);
    this.#placed = true;
    this.#viewport.isHeldByBrowser = false; // it would hold something else
  }

  /** Bring what is below the messages into view. @param {Element} element */
  bring(element) {
    this.room.fit();
    if (this.#following) return this.follow();
    element.scrollIntoView({ block: "nearest", behavior: "instant" });
    if (this.#viewport.moved) this.hold();
    this.#viewport.settle();
  }

  /** The content may have grown. */
  follow() {
    // Where the messages got shorter, the browser has brought the page to its new end by now, before there was room again.
    const isMovedToEnd = this.#viewport.fromEnd < 1 && this.#viewport.moved < 0;
    if (this.room.fit() && isMovedToEnd) this.#viewport.restore();
    if (this.#following && !this.#placed) return this.#viewport.toEnd();
    if (this.#placed) {
      const { distance } = this.room;
      if (Math.abs(distance) >= 1) this.#viewport.moveBy(distance);
      else this.#viewport.settle();
    } else this.#keptPlace.hold();
    this.#showButton(!this.#viewport.isNearEnd);
  }

  /** Change what is there, and leave what is being read where it is. @param {() => void} change */
  keepPlace(change) {
    if (this.#following || this.#placed) change();
    else this.#keptPlace.keep(change);
  }

  #letGo() {
    this.#placed = false;
    this.#keptPlace.letGo();
  }

  /** @param {boolean} visible */
  #showButton(visible) {
    if (this.button.hidden === visible) this.button.hidden = !visible;
  }

  #scrolled() {
    const by = this.#viewport.moved;
    if (Math.abs(by) > 1 && this.#placed) this.#letGo();
    // A reader who goes down to the end of the text wants to follow it. Where there is room below it, there is nothing to follow yet.
    if (by > 1) this.#following = this.#viewport.isNearEnd && (this.#following || this.room.isEmpty);
    else if (by < -1) this.#following &&= this.#viewport.isNearEnd; // growing text never moves the page up; only the reader does
    this.#viewport.settle();
    if (Math.abs(by) > 1) this.#readerMoved(by);
    this.#showButton(!this.#following && !this.#viewport.isNearEnd);
    if (this.nearTop) this.onTop();
  }

  /** @param {number} by */
  #readerMoved(by) {
    // A reader who jumps, by the browser's search or a link, leaves the place behind: the browser anchors the new place itself.
    if (this.#following || Math.abs(by) > this.#viewport.height * JUMP_SCREENS) this.#letGo();
    this.#keptPlace.shift(by);
  }
}
