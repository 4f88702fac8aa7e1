// Makes the field of a text an editor: numbers of lines, marks behind the text, find, wrapping and Markdown. The field stays what it was.
// @ts-check

import { element } from "dom";
import { pair } from "admin/editor/brackets";
import { counts } from "admin/editor/counts";
import { Find } from "admin/editor/find";
import { Gutter } from "admin/editor/gutter";
import { indentWithTab } from "admin/editor/indenting";
import { Layer } from "admin/editor/layer";
import { AsMarkdown } from "admin/editor/as-markdown";
import { mark } from "admin/editor/marks";
import { Names } from "admin/editor/names";
import { placeOf, Problems } from "admin/editor/problems";

/** @typedef {import("admin/editor/problems").Problem} Problem */

const MANY_CHARACTERS = 20_000; // are counted once typing pauses
const PAUSE_MS = 200;

class Editor {
  #price;
  #names;
  #layer;
  #gutter;
  #find;
  #timer = 0;
  #status = element("p", { class: "prompt-counts" });
  #frame = element("div", { class: "editor-frame" });
  #sheet = element("div", { class: "editor-sheet" });
  #markdown;
  #problems = new Problems((problem) => this.#select(problem));
  /** @type {import("admin/editor/preview").Preview | null} */
  #finalText = null;

  /** @param {HTMLTextAreaElement} field */
  constructor(field) {
    this.field = field;
    this.#price = Number(field.dataset.tokenDollars) || 0;
    this.#names = new Names(field, () => this.#layer.judge());
    this.#layer = new Layer((token) => this.#names.isWrong(token));
    this.#markdown = new AsMarkdown(field, this.#frame);
    this.#gutter = new Gutter(this.#frame, this.#layer.element);
    this.#find = this.#build();
    indentWithTab(field);
    field.addEventListener("input", () => this.#update());
    document.addEventListener("selectionchange", () => this.#match());
    field.form?.addEventListener("reset", () => setTimeout(() => this.#update()));
    field.form?.addEventListener("autosaved", (event) => {
      const { problems, token_dollars } = /** @type {CustomEvent<{problems: Problem[], token_dollars: number}>} */ (event).detail;
      this.#price = token_dollars;
      this.#tell(problems);
      this.#count();
    });
    this.#update();
    this.#tell(JSON.parse(field.dataset.problems ?? "[]"));
  }

  #build() {
    const { field } = this;
    /** @param {string} words @param {Record<string, string>} attributes @param {(button: HTMLButtonElement) => void} act */
    const button = (words, attributes, act) => {
      const made = element("button", { type: "button", ...attributes }, words);
      made.addEventListener("click", () => act(made));
      return made;
    };
    const find = button("Find", { "aria-expanded": "false", title: "Ctrl+Shift+F" }, () => this.#openFind());
    const search = new Find(field, this.#layer, find);
    const wrap = button("Wrap lines", { "aria-pressed": "true" }, () => this.#wrap(wrap));
    const bar = element("div", { class: "editor-bar", role: "group", "aria-label": "Editor" }, find, wrap, this.#markdown.button);
    if (field.dataset.preview) bar.append(button("Final text …", { "aria-haspopup": "dialog" }, () => void this.#preview()));
    const hint = element("p", { class: "prompt-keys", id: `${field.id}_keys` });
    hint.textContent = "Tab indents, Shift and Tab takes it back; Escape, then Tab, leaves the field.";
    const box = element("div", { class: "editor" });
    field.before(box);
    this.#sheet.append(this.#layer.element, this.#gutter.element, field);
    this.#frame.append(this.#sheet);
    box.append(bar, search.element, this.#frame, this.#status, hint, this.#problems.element);
    field.setAttribute("aria-describedby", [field.getAttribute("aria-describedby"), hint.id].filter(Boolean).join(" "));
    box.addEventListener("keydown", (event) => {
      if (!event.shiftKey || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "f") return;
      event.preventDefault();
      this.#openFind();
    });
    return search;
  }

  /** What the model would be told of what stands in the form. */
  async #preview() {
    const { Preview } = await import("admin/editor/preview");
    this.#finalText ??= new Preview(this.field);
    this.#finalText.open();
  }

  #openFind() {
    void this.#markdown.show(false);
    this.#find.open();
  }

  #update() {
    this.#layer.update(this.field.value);
    this.#gutter.update(); // a short text is as high with a line more
    this.#find.refresh();
    clearTimeout(this.#timer);
    if (this.field.value.length < MANY_CHARACTERS) this.#count();
    else this.#timer = setTimeout(() => this.#count(), PAUSE_MS);
  }

  #count() {
    this.#status.textContent = counts(this.field.value, this.#price);
  }

  /** @param {Problem[]} problems */
  #tell(problems) {
    this.#names.refuse(this.field.defaultValue, problems); // what was read: it may have been written on since
    this.#layer.judge();
    this.#problems.show(problems);
  }

  /** @param {Problem} problem */
  #select(problem) {
    void this.#markdown.show(false);
    const at = placeOf(this.field.value, problem);
    this.field.focus({ preventScroll: true });
    this.field.setSelectionRange(at, at + 2);
    this.#layer.reveal(at);
  }

  #match() {
    if (document.activeElement !== this.field) return;
    const { selectionStart, selectionEnd, value } = this.field;
    const both = selectionStart === selectionEnd ? pair(value, selectionStart) : null;
    mark("editor-bracket", both ? both.map((at) => this.#layer.range(at, at + 1)) : []);
  }

  /** @param {HTMLButtonElement} button */
  #wrap(button) {
    const wraps = !this.#sheet.classList.toggle("unwrapped");
    this.field.wrap = wraps ? "soft" : "off";
    button.setAttribute("aria-pressed", String(wraps));
  }
}

for (const field of document.querySelectorAll("textarea.prompt-editor")) {
  if (field instanceof HTMLTextAreaElement) new Editor(field);
}
