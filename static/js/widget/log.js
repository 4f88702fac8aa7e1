import { make } from "widget/elements";
import { MessageView } from "widget/message";

const NEAR_THE_END = 60;

/** The messages, of which the last stays in sight while it is written, unless the visitor has scrolled up. */
export class Log {
  #words;
  #origin;
  #actions;
  element = make("div", { class: "log", role: "log", "aria-live": "off", "aria-labelledby": "title", tabindex: "0" });

  /**
   * @param {import("widget/words").Words} words
   * @param {string} origin of the addresses of pictures
   * @param {{again: () => void, judge: (message: string, thumb: "up" | "down" | null) => void}} actions
   */
  constructor(words, origin, actions) {
    this.#words = words;
    this.#origin = origin;
    this.#actions = actions;
  }

  /** @param {"user" | "assistant"} role @param {string} text */
  add(role, text) {
    /** @type {MessageView} */
    const view = new MessageView(role, text, this.#words, this.#origin, {
      again: this.#actions.again,
      judge: (thumb) => {
        view.judge(thumb);
        this.#actions.judge(view.id, thumb);
      },
    });
    this.element.append(view.element);
    return view;
  }

  /** Texts that send themselves. @param {string[]} texts @param {(text: string) => void} send */
  offer(texts, send) {
    const offered = make("div", { class: "starters" });
    for (const text of texts) {
      const button = make("button", { type: "button", dir: "auto" }, text);
      button.addEventListener("click", () => send(text));
      offered.append(button);
    }
    this.element.append(offered);
  }

  /** They are offered no more. */
  withdraw() {
    this.element.querySelector(".starters")?.remove();
  }

  /** @param {() => void} change what may be longer afterwards */
  following(change) {
    const { scrollHeight, scrollTop, clientHeight } = this.element;
    const follows = scrollHeight - scrollTop - clientHeight < NEAR_THE_END;
    change();
    if (follows) this.toEnd();
  }

  /** When what was just written is shown. */
  toEnd() {
    requestAnimationFrame(() => requestAnimationFrame(() => (this.element.scrollTop = this.element.scrollHeight)));
  }
}
