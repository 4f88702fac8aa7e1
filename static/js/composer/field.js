import { find, followDirection } from "dom";
import { hasScreenKeyboard, submits } from "enter-key";

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

  /** Put text where the cursor is, with spaces around it where words would run together. @param {string} text */
  insert(text) {
    const { selectionStart, selectionEnd, value } = this.#field;
    const before = /\S$/.test(value.slice(0, selectionStart)) ? " " : "";
    const after = /^[\p{L}\p{N}]/u.test(value.slice(selectionEnd)) ? " " : "";
    const words = before + text + after;
    if (!hasScreenKeyboard()) this.focus();
    if (document.activeElement === this.#field && document.execCommand("insertText", false, words)) return; // which can be undone
    this.#field.setRangeText(words, selectionStart, selectionEnd, "end");
    this.#field.dispatchEvent(new InputEvent("input", { bubbles: true }));
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
