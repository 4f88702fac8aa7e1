import { element, find } from "dom";
import { Frames } from "messages/frames";
import { RunningReply } from "messages/running-reply";
import { Scroll } from "messages/scroll";
import { MessageViews, keyOf } from "messages/views";

/**
 * The messages of the open conversation: one view each, drawn at most once per frame.
 *
 * @typedef {import("conversation/state").ConversationState} State
 * @typedef {import("page").Message} Message
 */

const FRAME_MS = 6; // what takes longer goes on with the next frame
const HURRIED_FRAME_MS = 400; // where the user waits for all of it, and can do nothing else meanwhile

export class MessageList {
  element = element("div", { class: "messages column" });
  #views = new MessageViews(this.element);
  /** @type {State | null} what it shows */
  state = null;
  /** Why what is written can't be sent now; "" where it can. */
  unsent = "";
  hurried = false;
  #frames = new Frames(() => {
    this.#draw();
    this.#askAbove();
  });
  #stale = false;
  /** @type {Set<Message>} those that the page doesn't show yet as they are */
  #behind = new Set();
  #reply = new RunningReply();
  /** Draws what is below the messages, in the same frame. */
  drawBelow = () => {};

  /** @param {() => void} onTop called when the reader comes near the first message shown */
  constructor(onTop) {
    this.onTop = onTop;
    this.scroll = new Scroll(find(".main > .scroll"), this.element, find(".latest"), () => this.#askAbove());
  }

  /** @param {State} state */
  show(state) {
    if (state === this.state) return this.refresh();
    this.state = state;
    this.#views.clear();
    this.#reply.reset();
    this.scroll.restart();
    this.#stale = true;
    this.#draw(true);
    this.scroll.follow();
    this.#askAbove();
  }

  /** The user has asked something: it comes to the top of the view, and its answer below it. */
  showAsked() {
    if (this.#reply.ask(this.#running)) this.refresh();
  }

  /** The key of the running reply, or "". */
  get #running() {
    const { last, running } = this.state ?? {};
    return running && last ? keyOf(last) : "";
  }

  /** Something changed: draw it with the next frame. */
  refresh() {
    this.#stale = true;
    this.#frames.plan();
  }

  /** Only this message's text has grown. @param {Message} message */
  grew(message) {
    this.#behind.add(message);
    this.#frames.plan();
  }

  /** @param {string} why */
  setUnsent(why) {
    if (this.unsent === why) return;
    this.unsent = why;
    this.refresh();
  }

  /** Add what came above without moving what is being read. */
  drawAbove() {
    this.#stale = true;
    this.#draw();
  }

  /** Ask for what is above once its place comes near. While what is here isn't drawn, its upper end only seems to. */
  #askAbove() {
    if (this.state?.older && this.complete && this.scroll.nearTop) this.onTop();
  }

  /** @param {string} id */
  view(id) {
    return this.#views.withId(id);
  }

  /** Whether the page shows what this message says by now. @param {Message} message */
  isDrawn(message) {
    return !this.#stale && !this.#behind.has(message);
  }

  /** Whether the page shows all messages as they are; a running answer's end may follow a little later. */
  get complete() {
    return !this.#stale && !this.#behind.size;
  }

  /** @param {boolean} [first] of a conversation */
  #draw(first = false) {
    this.#frames.begin();
    const { state } = this;
    if (!state) return;
    const began = performance.now();
    const running = this.#running;
    const begins = this.#reply.begins(running, began, this.scroll);
    const isContinued = this.#views.get(running) !== undefined;
    this.scroll.keepPlace(() => {
      this.#drawSome(state, began);
      this.drawBelow();
    });
    const reply = begins && this.#views.get(running);
    if (reply) this.scroll.giveRoom(reply.element, isContinued);
    this.scroll.follow();
    // What isn't all there yet goes on with the next frame; a running answer can wait a little.
    const complete = !this.#behind.size;
    this.#frames.end(began, complete);
    if (!complete) this.#frames.plan(first);
  }

  /** @param {State} state @param {number} began */
  #drawSome(state, began) {
    if (this.#stale) {
      this.#stale = false;
      this.#views.place(state);
      this.#behind = new Set(state.path.toReversed()); // from the end upwards, because that is what is being read
    }
    const isTime = () => performance.now() - began <= (this.hurried ? HURRIED_FRAME_MS : FRAME_MS);
    for (const message of this.#behind) {
      if (!isTime()) break;
      const place = { last: message === state.last, unsent: this.unsent };
      if (this.#views.update(message, place, isTime)) this.#behind.delete(message);
    }
  }
}
