import { find, icon } from "dom";
import { breaksLines, hasScreenKeyboard, submits } from "enter-key";

const LONG_TEXT_LENGTH = 50_000;
const BEGINS_RIGHT_TO_LEFT = /^\P{L}*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u;

/**
 * Where messages are written. Its button sends, or stops the answer that is running.
 *
 * @typedef {{
 *   tooLong: (text: string) => string, onsend: (text: string) => boolean, onstop: () => void, oninput: () => void,
 * }} ComposerHandlers  `tooLong`: why the text can't be sent, or "".
 */
export class Composer {
  /** @type {HTMLFormElement} */
  form = find(".composer");
  /** @type {HTMLTextAreaElement} */
  #field = find("textarea", this.form);
  /** @type {HTMLButtonElement} */
  #button = find(".send", this.form);
  #excess = find(".excess", this.form);
  #running = false;
  #stopping = false;
  /** @type {string | null} */
  #conversation = null;

  /** @param {import("composer/drafts").Drafts} drafts @param {ComposerHandlers} handlers */
  constructor(drafts, handlers) {
    this.drafts = drafts;
    this.handlers = handlers;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#running) this.#stop();
      else this.#send();
    });
    this.#button.addEventListener("click", (event) => {
      if (this.#running && event.detail > 1) event.preventDefault(); // the second half of a double click on Send is no Stop
    });
    this.#field.addEventListener("input", () => this.#changed());
    this.#field.addEventListener("keydown", (event) => this.#pressed(event));
    this.form.addEventListener("click", (event) => {
      if (event.target === this.form || event.target === this.form.querySelector(".bar")) this.focus();
    });
  }

  get text() {
    return this.#field.value;
  }

  focus() {
    this.#field.focus({ preventScroll: true });
  }

  /** Have the focus here after an action elsewhere. A keyboard on the screen comes up only where the user taps the field. */
  takeFocus() {
    if (!hasScreenKeyboard()) this.focus();
    else if (!this.form.contains(document.activeElement)) this.form.focus({ preventScroll: true });
  }

  /** Show the draft of this conversation. @param {string | null} conversation */
  open(conversation) {
    this.#conversation = conversation;
    this.#put(this.drafts.of(conversation));
  }

  /** The user may have typed, and even pressed Enter, before this script was there. @param {string} text */
  adopt(text) {
    if (!text.trim()) return;
    this.#field.value = text;
    this.#changed();
    if (text.endsWith("\n") && !breaksLines()) this.#send();
  }

  /** A new conversation has got its id: what is typed by now belongs to it. @param {string} conversation */
  created(conversation) {
    this.drafts.keep(this.#conversation, "");
    this.#conversation = conversation;
    this.#changed();
  }

  /** Put text in, before what is there already. @param {string} text */
  restore(text) {
    this.#put([text, this.#field.value].filter(Boolean).join("\n\n"));
    this.#changed();
  }

  /** @param {boolean} running */
  setRunning(running) {
    if (!running) this.#stopping = false;
    if (running !== this.#running) {
      this.#running = running;
      this.#button.replaceChildren(icon(running ? "square" : "arrow-up"));
      this.#button.setAttribute("aria-label", running ? "Stop" : "Send");
      this.#button.title = running ? "Stop" : "Send";
    }
    this.#enable();
  }

  /** @param {string} text */
  #put(text) {
    this.#field.value = text;
    this.#fit();
    this.#enable();
  }

  #changed() {
    this.drafts.keep(this.#conversation, this.#field.value);
    this.#fit();
    this.#enable();
    this.handlers.oninput();
  }

  #enable() {
    const text = this.#field.value.trim();
    this.#excess.textContent = this.handlers.tooLong(text);
    this.#excess.hidden = !this.#excess.textContent;
    this.#field.setAttribute("aria-invalid", String(!this.#excess.hidden));
    this.#button.disabled = this.#running ? this.#stopping : !text || !this.#excess.hidden;
  }

  /** Grow with the text, where the browser can't by itself. */
  #fit() {
    // Chromium takes time with the square of the length to find each paragraph's direction: a minute for a paste of some megabytes.
    const { value } = this.#field;
    this.#field.dir = value.length < LONG_TEXT_LENGTH ? "auto" : BEGINS_RIGHT_TO_LEFT.test(value) ? "rtl" : "ltr";
    if (CSS.supports("field-sizing", "content")) return;
    this.#field.style.blockSize = "auto";
    this.#field.style.blockSize = `${this.#field.scrollHeight}px`;
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (!submits(event)) return;
    event.preventDefault();
    if (!this.#running) this.#send();
  }

  #send() {
    const text = this.#field.value.trim();
    if (!text || !this.#excess.hidden) return this.focus();
    if (!this.handlers.onsend(text)) return;
    this.#put("");
    this.drafts.keep(this.#conversation, "");
    this.takeFocus();
  }

  #stop() {
    this.#stopping = true;
    this.#enable();
    this.handlers.onstop();
    this.takeFocus();
  }
}
