import { element } from "dom";
import { mark } from "admin/editor/marks";

/**
 * Finds words in an editor's text, in any case. Enter goes to the next place and Shift and Enter to the one before; Escape goes back to
 * the text, where the place is selected.
 */

const MOST = 2000;

/** Where `words` stand in the text. Pure. @param {string} text @param {string} words @returns {[number, number][]} */
export function places(text, words) {
  if (!words) return [];
  const pattern = new RegExp(words.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"), "giu");
  /** @type {[number, number][]} */
  const found = [];
  for (const match of text.matchAll(pattern)) {
    found.push([match.index, match.index + match[0].length]);
    if (found.length === MOST) break;
  }
  return found;
}

export class Find {
  element = element("div", { class: "editor-find", role: "search", "aria-label": "Find", hidden: true });
  /** @type {HTMLTextAreaElement} */
  #editor;
  /** @type {import("admin/editor/layer").Layer} */
  #layer;
  /** @type {HTMLElement} */
  #button;
  /** @type {[number, number][]} */
  #found = [];
  #current = 0;
  #words = element("input", { type: "search", "aria-label": "Find in the text", autocomplete: "off", spellcheck: "false" });
  #count = element("span", { role: "status" });

  /** @param {HTMLTextAreaElement} editor @param {import("admin/editor/layer").Layer} layer @param {HTMLElement} button that opens it */
  constructor(editor, layer, button) {
    this.#editor = editor;
    this.#layer = layer;
    this.#button = button;
    /** @param {string} words @param {number} step */
    const step = (words, step) => {
      const made = element("button", { type: "button" }, words);
      made.addEventListener("click", () => this.#go(step));
      return made;
    };
    const close = element("button", { type: "button" }, "Close");
    close.addEventListener("click", () => this.close());
    this.element.append(this.#words, this.#count, step("Previous", -1), step("Next", 1), close);
    this.element.addEventListener("input", (event) => {
      event.stopPropagation(); // the form has nothing of it
      this.#look(this.#editor.selectionStart);
    });
    this.element.addEventListener("keydown", (event) => this.#press(event));
  }

  get isOpen() {
    return !this.element.hidden;
  }

  open() {
    const { selectionStart, selectionEnd, value } = this.#editor;
    const selected = value.slice(selectionStart, selectionEnd);
    if (selected && selected.length < 200 && !selected.includes("\n")) this.#words.value = selected;
    this.element.hidden = false;
    this.#button.setAttribute("aria-expanded", "true");
    this.#look(selectionStart);
    this.#words.select();
    this.#words.focus();
  }

  close() {
    this.element.hidden = true;
    this.#button.setAttribute("aria-expanded", "false");
    this.#editor.focus({ preventScroll: true });
    mark("editor-match", []);
    mark("editor-current", []);
  }

  /** After the text changed. */
  refresh() {
    if (!this.isOpen) return;
    this.#found = places(this.#editor.value, this.#words.value);
    this.#current = Math.min(this.#current, Math.max(0, this.#found.length - 1));
    this.#draw();
  }

  /** @param {number} from where the text is looked through from */
  #look(from) {
    this.#found = places(this.#editor.value, this.#words.value);
    this.#current = Math.max(
      0,
      this.#found.findIndex(([start]) => start >= from),
    );
    this.#show();
  }

  /** @param {number} step */
  #go(step) {
    const { length } = this.#found;
    if (length) this.#current = (this.#current + step + length) % length;
    this.#show();
  }

  #show() {
    const at = this.#found[this.#current];
    if (at) {
      this.#editor.setSelectionRange(...at);
      this.#layer.reveal(at[0]);
    }
    this.#draw();
  }

  #draw() {
    const { length } = this.#found;
    const most = length === MOST ? "+" : "";
    this.#count.textContent = !this.#words.value ? "" : length ? `${this.#current + 1} of ${length}${most}` : "Not found";
    const current = this.#found[this.#current];
    mark("editor-match", this.#found.filter((one) => one !== current).map((one) => this.#layer.range(...one))); // prettier-ignore
    mark("editor-current", current ? [this.#layer.range(...current)] : []);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      this.close();
    } else if (event.key === "Enter" && event.target === this.#words) {
      event.preventDefault(); // else the form would be saved
      this.#go(event.shiftKey ? -1 : 1);
    }
  }
}
