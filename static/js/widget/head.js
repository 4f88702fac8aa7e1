import { ICONS, iconButton, make } from "widget/elements";

/** The title, and what is done with the whole conversation. */
export class Head {
  #whole;
  #fresh;
  #handsOver;

  /**
   * @param {import("widget/widget").Settings} settings
   * @param {import("widget/words").Words} words
   * @param {{restart: () => void, goOn: () => void, close: (() => void) | null}} actions close null: it is always there
   */
  constructor(settings, words, { restart, goOn, close }) {
    this.#handsOver = settings.hands_over;
    this.#whole = iconButton(words.whole, ICONS.whole, goOn);
    this.#fresh = iconButton(words.fresh, ICONS.fresh, restart);
    const title = make("h2", { id: "title", dir: "auto" }, settings.title);
    this.element = make("header", {}, title, this.#whole, this.#fresh);
    if (close) this.element.append(iconButton(words.close, ICONS.close, close));
  }

  /** Whether there is a conversation. @param {boolean} isThere */
  show(isThere) {
    this.#fresh.hidden = !isThere;
    this.#whole.hidden = !isThere || !this.#handsOver;
  }

  /** Whether an answer is being written. @param {boolean} busy */
  busy(busy) {
    for (const button of [this.#fresh, this.#whole]) button.toggleAttribute("disabled", busy);
  }
}
