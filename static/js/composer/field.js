import { find, followDirection } from "dom";
import { submits } from "enter-key";

/** Where a message is typed: it grows with the text and follows the direction of its script. */
export class MessageField {
  /** @type {HTMLTextAreaElement} */
  #field;
  #followDirection;

  /** @param {HTMLElement} form @param {{oninput: () => void, onsubmit: () => void}} handlers  `onsubmit`: with the key that sends */
  constructor(form, { oninput, onsubmit }) {
    this.#field = find("textarea", form);
    this.#followDirection = followDirection(this.#field, () => this.text);
    this.#field.addEventListener("input", oninput);
    this.#field.addEventListener("keydown", (event) => {
      if (!submits(event)) return;
      event.preventDefault();
      onsubmit();
    });
  }

  get text() {
    return this.#field.value;
  }

  /** It is to be fitted then. */
  set text(text) {
    this.#field.value = text;
  }

  focus() {
    this.#field.focus({ preventScroll: true });
  }

  /** @param {boolean} invalid */
  markInvalid(invalid) {
    this.#field.setAttribute("aria-invalid", String(invalid));
  }

  /** Grow with the text, where the browser can't by itself. */
  fit() {
    this.#followDirection();
    if (CSS.supports("field-sizing", "content")) return;
    this.#field.style.blockSize = "auto";
    this.#field.style.blockSize = `${this.#field.scrollHeight}px`;
  }
}
