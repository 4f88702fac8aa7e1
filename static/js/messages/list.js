import { element, find } from "dom";
import { MessageView } from "messages/message";
import { Scroll } from "messages/scroll";

/**
 * The messages of the open conversation: one view each, drawn at most once per frame.
 *
 * @typedef {import("conversation/state").ConversationState} State
 * @typedef {import("page").Message} Message
 */

const REST_RATIO = 3; // after a frame that took t, nothing is drawn for 3 t
const FRAME_MS = 6; // what takes longer goes on with the next frame
const HURRIED_FRAME_MS = 400; // where the user waits for all of it, and can do nothing else meanwhile
const UNREAD_MS = 2_000; // the end of an answer can’t be read sooner: what then begins by itself, for it was queued, leaves it in view
const UNLOADED =
  "What was said before is not loaded yet. To print all of it, choose “Print or save as PDF” in the conversation’s menu, at the top right.";

export class MessageList {
  element = element("div", { class: "messages column" });
  /** @type {Map<string, MessageView>} */
  #views = new Map();
  /** @type {State | null} what it shows */
  state = null;
  /** Why what is written can't be sent now; "" where it can. */
  unsent = "";
  hurried = false;
  #timer = 0;
  #frame = 0;
  #stale = false;
  /** @type {Set<Message>} those that the page doesn't show yet as they are */
  #behind = new Set();
  #notBefore = 0;
  /** The reply that had its place in the view. */
  #placed = "";
  /** Whether the next one gets it wherever the reader is. */
  #asked = false;
  /** When the reply before ended, as far as it was drawn. */
  #ended = -Infinity;
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
    this.element.replaceChildren();
    this.#placed = "";
    this.#ended = -Infinity;
    this.scroll.restart();
    this.#stale = true;
    this.#draw(true);
    this.scroll.follow();
    this.#askAbove();
  }

  /** The user has asked something: it comes to the top of the view, and its answer below it. */
  showAsked() {
    if (this.#running === this.#placed) return;
    this.#asked = true;
    this.refresh();
  }

  /** The key of the running reply, or "". */
  get #running() {
    const { last, running } = this.state ?? {};
    return running && last ? (last.key ?? last.id) : "";
  }

  /** Something changed: draw it with the next frame. */
  refresh() {
    this.#stale = true;
    this.#plan();
  }

  /** Only this message's text has grown. @param {Message} message */
  grew(message) {
    this.#behind.add(message);
    this.#plan();
  }

  /** @param {boolean} [afterNext] not with the next frame but the one behind it, so that what is drawn by now is seen first */
  #plan(afterNext = false) {
    if (this.#timer || this.#frame) return;
    const rest = this.#notBefore - performance.now();
    const draw = () => {
      this.#draw();
      this.#askAbove();
    };
    if (afterNext) {
      this.#frame = requestAnimationFrame(() => (this.#frame = requestAnimationFrame(draw)));
      return;
    }
    if (rest > 16) this.#timer = setTimeout(() => (this.#frame = requestAnimationFrame(draw)), rest);
    else this.#frame = requestAnimationFrame(draw);
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
    return [...this.#views.values()].find((view) => view.message.id === id);
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
    clearTimeout(this.#timer);
    cancelAnimationFrame(this.#frame);
    this.#timer = this.#frame = 0;
    const { state } = this;
    if (!state) return;
    const began = performance.now();
    const running = this.#running;
    if (this.#placed && running !== this.#placed) this.#ended = began;
    const begins = running && running !== this.#placed && (this.#asked || (this.scroll.isAtEnd && began - this.#ended > UNREAD_MS));
    const isContinued = this.#views.has(running);
    this.#placed = running;
    this.#asked &&= !running;
    this.scroll.keepPlace(() => {
      this.#drawSome(state, began);
      this.drawBelow();
    });
    const reply = begins && this.#views.get(running);
    if (reply) this.scroll.giveRoom(reply.element, isContinued);
    this.scroll.follow();
    // What isn't all there yet goes on with the next frame; a running answer can wait a little.
    const complete = !this.#behind.size;
    this.#notBefore = complete ? performance.now() + (performance.now() - began) * REST_RATIO : 0;
    if (!complete) this.#plan(first);
  }

  /** @param {State} state @param {number} began */
  #drawSome(state, began) {
    if (this.#stale) {
      this.#stale = false;
      this.#place(state.path);
      this.#behind = new Set(state.path.toReversed()); // from the end upwards, because that is what is being read
    }
    for (const message of this.#behind) {
      if (performance.now() - began > (this.hurried ? HURRIED_FRAME_MS : FRAME_MS)) break;
      const view = this.#views.get(message.key ?? message.id);
      if (!(view?.update({ last: message === state.last, unsent: this.unsent }) ?? true)) continue;
      this.#behind.delete(message);
      view?.settle();
    }
  }

  /** @param {Message[]} path */
  #place(path) {
    if (this.state?.older) this.element.dataset.unloaded = UNLOADED;
    else delete this.element.dataset.unloaded;
    const keys = new Set(path.map((message) => message.key ?? message.id));
    for (const [key, view] of this.#views) {
      if (keys.has(key)) continue;
      view.element.dispatchEvent(new Event("removed"));
      view.element.remove();
      this.#views.delete(key);
    }
    /** @type {ChildNode | null} */
    let next = this.element.firstChild;
    for (const message of path) {
      const key = message.key ?? message.id;
      let view = this.#views.get(key);
      if (!view || view.message !== message) {
        view?.element.remove();
        view = new MessageView(message);
        this.#views.set(key, view);
        if (next && !next.isConnected) next = this.element.firstChild;
      }
      if (view.element === next) next = next.nextSibling;
      else this.element.insertBefore(view.element, next);
    }
  }
}
