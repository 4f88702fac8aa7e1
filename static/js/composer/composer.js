import { MessageField } from "composer/field";
import { SendButton } from "composer/send-button";
import { find } from "dom";
import { breaksLines, hasScreenKeyboard } from "enter-key";

/**
 * Where messages are written, with their files. A message that is sent while an answer runs waits.
 *
 * @typedef {{
 *   tooLong: (text: string) => string, room: (text: string) => string,
 *   onsend: (text: string, files: string[]) => boolean, onstop: () => void, oninput: () => void,
 * }} ComposerHandlers  `tooLong`: why the text can't be sent, or ""; `room`: how much longer it may get, where it is nearly too long.
 */
export class Composer {
  /** @type {HTMLFormElement} */
  form = find(".composer");
  #field;
  #button;
  #excess = find(".excess", this.form);
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
    this.#field = new MessageField(this.form, { oninput: () => this.#changed(), onsubmit: () => this.#send() });
    this.#button = new SendButton(this.form, { onsend: () => this.#send(), onstop: () => this.#stop() });
    this.form.addEventListener("click", (event) => {
      if (event.target === this.form || event.target === this.form.querySelector(".bar")) this.focus();
    });
  }

  /** Whose draft this is; null: a new one's. */
  get conversation() {
    return this.#conversation;
  }

  get text() {
    return this.#field.text;
  }

  focus() {
    this.#field.focus();
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
    this.#field.text = text;
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
    this.#put([text, this.#field.text].filter(Boolean).join("\n\n"));
    this.#changed();
  }

  /** Put in what was dictated. Whether it is here, where the cursor is, and not in another draft. @param {string | null} conversation @param {string} text */
  insert(conversation, text) {
    if (conversation === this.#conversation) this.#field.insert(text);
    else this.drafts.keep(conversation, [this.drafts.of(conversation), text].filter(Boolean).join(" "));
    return conversation === this.#conversation;
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
    this.#field.text = text;
    this.#field.fit();
    this.#enable();
  }

  #changed() {
    this.drafts.keep(this.#conversation, this.#field.text);
    this.#field.fit();
    this.#enable();
    this.handlers.oninput();
  }

  #enable() {
    const text = this.#field.text.trim();
    const tooLong = this.handlers.tooLong(text) || this.files.problem;
    const remark = tooLong || this.handlers.room(text);
    if (this.#excess.textContent !== remark) this.#excess.textContent = remark;
    this.#excess.hidden = !remark;
    this.#tooLong = Boolean(tooLong);
    this.#excess.classList.toggle("near", !tooLong);
    this.#field.markInvalid(this.#tooLong);
    this.#button.show({ running: this.#running, stopping: this.#stopping, empty: this.#empty, tooLong: this.#tooLong });
  }

  get #empty() {
    return !this.#field.text.trim() && !this.files.keys.length;
  }

  async #send() {
    const conversation = this.#conversation;
    if (this.files.arriving && !((await this.files.arriving) && conversation === this.#conversation)) return;
    const text = this.#field.text.trim();
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
