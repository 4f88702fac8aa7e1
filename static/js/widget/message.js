import { split } from "widget/block-ends";
import { block } from "widget/blocks";
import { ICONS, iconButton, make } from "widget/elements";
import { shown } from "widget/pictures";

/**
 * A message in the log.
 *
 * @typedef {import("widget/server").Message} Message
 * @typedef {import("widget/words").Words} Words
 * @typedef {{again: () => void, judge: (thumb: "up" | "down" | null) => void}} Actions
 */

export class MessageView {
  #words;
  #body = make("div", { class: "body" });
  #pictures = make("div", { class: "pictures" });
  #note = make("p", { class: "note", hidden: "" });
  #tools = make("div", { class: "tools", hidden: "" });
  /** @type {string[]} */
  #shown = [];
  #seen = "";
  #origin;
  #text;
  #isDrawn = true;

  /** @param {"user" | "assistant"} role @param {string} text @param {Words} words @param {string} origin @param {Actions} actions */
  constructor(role, text, words, origin, actions) {
    this.role = role;
    /** Empty until the answer has ended: then it can be judged. */
    this.id = "";
    this.#text = text;
    this.#words = words;
    this.#origin = origin;
    this.element = make("div", { class: `message ${role}` });
    if (role === "user") this.element.append(make("span", { class: "hidden" }, words.you));
    this.element.append(...(role === "user" ? [this.#pictures, this.#body] : [this.#body, this.#pictures]), this.#note, this.#tools);
    this.again = make("button", { type: "button", class: "again" }, words.again);
    this.again.addEventListener("click", actions.again);
    this.thumbs = {
      up: iconButton(words.good, ICONS.good, () => actions.judge(this.thumb === "up" ? null : "up")),
      down: iconButton(words.bad, ICONS.bad, () => actions.judge(this.thumb === "down" ? null : "down")),
    };
    /** @type {"up" | "down" | null} */
    this.thumb = null;
    this.draw();
  }

  /** The pictures so far, those that came with it or that were drawn. @param {import("widget/pictures").Picture[]} pictures */
  show(pictures) {
    const seen = pictures.map(({ url }) => url.split("?", 1)[0]).join();
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.#pictures.replaceChildren(...shown(pictures, this.#origin, this.#words.picture));
  }

  /** As what they were chosen. @param {HTMLCanvasElement[]} canvases */
  draws(canvases) {
    this.#pictures.append(...canvases);
  }

  /** The whole text so far. @param {string} text */
  write(text) {
    this.#text = text;
    if (!this.#isDrawn) return;
    this.#isDrawn = false;
    requestAnimationFrame(() => this.draw());
  }

  /** What was written is shown, at once. */
  draw() {
    this.#isDrawn = true;
    if (this.role === "user") {
      this.#body.replaceChildren(make("p", { dir: "auto" }, this.#text));
      this.#body.hidden = !this.#text;
      return;
    }
    const texts = split(this.#text);
    const changed = texts.findIndex((text, number) => text !== this.#shown[number]);
    const kept = changed < 0 ? texts.length : changed;
    while (this.#body.childNodes.length > kept) this.#body.lastChild?.remove();
    this.#body.append(...texts.slice(kept).map((text) => block(text)));
    this.#shown = texts;
  }

  /** It is being written, or not any more. @param {boolean} running */
  run(running) {
    this.element.classList.toggle("running", running);
    if (running) this.tell("");
  }

  /** How it stands, below it; with `offer`, it may be tried again. @param {string} note @param {boolean} [offer] */
  tell(note, offer = false) {
    this.#note.replaceChildren(...(note ? [`${note} `] : []), ...(offer ? [this.again] : []));
    this.#note.hidden = !note && !offer;
  }

  /** It has ended so. @param {Message} message */
  end(message) {
    this.id = message.id;
    this.#text = message.text;
    this.draw();
    this.show(message.pictures ?? []);
    this.run(false);
    const { failed, interrupted, stopped } = this.#words;
    const notes = /** @type {Record<string, string>} */ ({ failed, interrupted, stopped });
    const note = notes[message.status] ?? "";
    this.tell(note, note !== "");
    this.judge(message.thumb ?? null);
    this.#tools.replaceChildren(this.thumbs.up, this.thumbs.down);
    this.#tools.hidden = message.status !== "complete";
  }

  /** The conversation goes on: only its last answer can be tried again. */
  pass() {
    this.again.remove();
  }

  /** @param {"up" | "down" | null} thumb */
  judge(thumb) {
    this.thumb = thumb;
    for (const [which, button] of Object.entries(this.thumbs)) button.setAttribute("aria-pressed", `${which === thumb}`);
  }
}
