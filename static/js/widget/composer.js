import { ICONS, iconButton, make } from "widget/elements";
import { Pictures } from "widget/pictures";

/** The field for the next message, with the button that sends it, or stops the answer. */
export class Composer {
  #words;
  #button;
  #send;
  /** @type {Pictures | null} */
  #pictures = null;

  /**
   * @param {import("widget/words").Words} words
   * @param {{longest: number, pictures: number}} most characters of a message, and pictures with it
   * @param {{send: (text: string, pictures?: import("widget/pictures").Sent) => void, stop: () => void}} actions
   */
  constructor(words, { longest, pictures }, { send, stop }) {
    this.#words = words;
    this.#send = send;
    this.isBusy = false;
    this.field = make("textarea", { rows: "1", "aria-label": words.field, placeholder: words.field, dir: "auto", maxlength: `${longest}` });
    this.#button = iconButton(words.send, ICONS.send, () => (this.isBusy ? stop() : this.#submit()), "send");
    this.element = make("form", {}, this.field, this.#button, make("p", { class: "made" }, words.made));
    if (pictures) this.#takePictures(new Pictures(words, pictures));
    this.element.addEventListener("submit", (event) => event.preventDefault());
    this.field.addEventListener("input", () => this.#fit());
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.#submit();
    });
  }

  /** @param {boolean} busy whether an answer is being written */
  busy(busy) {
    this.isBusy = busy;
    const label = busy ? this.#words.stop : this.#words.send;
    this.#button.setAttribute("aria-label", label);
    this.#button.title = label;
    this.#button.querySelector("path")?.setAttribute("d", busy ? ICONS.stop : ICONS.send);
  }

  /** As if it had been written. @param {string} text */
  send(text) {
    this.field.value = text;
    this.#submit();
    this.field.focus();
  }

  /** @param {Pictures} pictures */
  #takePictures(pictures) {
    this.#pictures = pictures;
    this.element.prepend(pictures.element, pictures.button);
    this.field.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length) event.preventDefault();
      pictures.take(files);
    });
  }

  #submit() {
    const text = this.field.value;
    if ((!text.trim() && (this.#pictures?.isEmpty ?? true)) || this.isBusy) return;
    this.field.value = "";
    this.#fit();
    this.#send(text, this.#pictures?.sent());
  }

  /** As high as what is written, up to a bound that the style sheet sets. */
  #fit() {
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight + 2}px`;
  }
}
