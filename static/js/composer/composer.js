import { find, followDirection, icon } from "dom";
import { breaksLines, hasScreenKeyboard, submits } from "enter-key";

/**
 * Where messages are written. Its button sends; while an answer runs and nothing is written, it stops that. A message that is sent then waits.
 *
 * @typedef {{
 *   tooLong: (text: string) => string, room: (text: string) => string,
 *   onsend: (text: string, files: string[]) => boolean, onstop: () => void, oninput: () => void,
 * }} ComposerHandlers  `tooLong`: why the text can't be sent, or ""; `room`: how much longer it may get, where it is nearly too long.
 */
export class Composer {
  /** @type {HTMLFormElement} */
  form = find(".composer");
  /** @type {HTMLTextAreaElement} */
  #field = find("textarea", this.form);
  /** @type {HTMLButtonElement} */
  #button = find(".send", this.form);
  /** @type {HTMLButtonElement} beside it, while an answer runs and something is written */
  #stopButton = find(".stop", this.form);
  #excess = find(".excess", this.form);
  #followDirection = followDirection(this.#field, () => this.#field.value);
  #tooLong = false;
  #running = false;
  #stopping = false;
  /** @type {string | null} */
  #conversation = null;

  /**
   * @param {import("composer/drafts").Drafts} drafts
   * @param {import("attachments/attachments").Attachments} files
   * @param {ComposerHandlers} handlers
   */
  constructor(drafts, files, handlers) {
    this.drafts = drafts;
    this.files = files;
    this.handlers = handlers;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#stops) this.#stop();
      else this.#send();
    });
    this.#stopButton.addEventListener("click", () => this.#stop());
    this.#button.addEventListener("click", (event) => {
      if (this.#stops && event.detail > 1) event.preventDefault(); // the second half of a double click on Send is no Stop
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
    this.files.open(conversation);
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
    this.files.created(conversation);
    this.#changed();
  }

  /** Put text in, before what is there already. @param {string} text @param {string[]} [files] keys of those that belong to it */
  restore(text, files = []) {
    if (files.length) this.files.restore(files);
    this.#put([text, this.#field.value].filter(Boolean).join("\n\n"));
    this.#changed();
  }

  /** @param {boolean} running */
  setRunning(running) {
    if (!running) this.#stopping = false;
    this.#running = running;
    this.#enable();
  }

  /** Its files are others, or further. */
  filesChanged() {
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
    const tooLong = this.handlers.tooLong(text) || this.files.problem;
    const remark = tooLong || this.handlers.room(text);
    if (this.#excess.textContent !== remark) this.#excess.textContent = remark;
    this.#excess.hidden = !remark;
    this.#tooLong = Boolean(tooLong);
    this.#excess.classList.toggle("near", !tooLong);
    this.#field.setAttribute("aria-invalid", String(this.#tooLong));
    this.#label(this.#stops ? "Stop" : this.#running ? "Send after this answer" : "Send");
    const unusable = this.#stops ? this.#stopping : this.#empty || this.#tooLong;
    if (unusable && document.activeElement === this.#button) this.form.focus({ preventScroll: true }); // or the focus would be lost
    this.#button.disabled = unusable;
    this.#stopButton.hidden = this.#stops || !this.#running;
    this.#stopButton.disabled = this.#stopping;
  }

  /** Whether the button stops now. */
  get #stops() {
    return this.#running && this.#empty;
  }

  get #empty() {
    return !this.#field.value.trim() && !this.files.keys.length;
  }

  /** @param {string} label */
  #label(label) {
    if (this.#button.title === label) return;
    this.#button.replaceChildren(icon(label === "Stop" ? "square" : "arrow-up"));
    this.#button.setAttribute("aria-label", label);
    this.#button.title = label;
  }

  /** Grow with the text, where the browser can't by itself. */
  #fit() {
    this.#followDirection();
    if (CSS.supports("field-sizing", "content")) return;
    this.#field.style.blockSize = "auto";
    this.#field.style.blockSize = `${this.#field.scrollHeight}px`;
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (!submits(event)) return;
    event.preventDefault();
    this.#send();
  }

  #send() {
    const text = this.#field.value.trim();
    if (this.#empty || this.#tooLong) return this.focus();
    if (!this.handlers.onsend(text, this.files.keys)) return;
    this.files.clear();
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
