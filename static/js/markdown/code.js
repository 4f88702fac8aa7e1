import { element, iconButton } from "dom";
import { FenceLines } from "markdown/fences";
import { highlight } from "markdown/highlight";
import { nameOf } from "markdown/languages";

/** Blocks of code: the box around them, and one that grows with its fence. */

const OPENING = /^(`{3,}(?=[^`\n]*\n)|~{3,})([^\n]*)\n/;
const CHUNK_CHARACTERS = 4_000; // only the last chunk is laid out again when the code grows

/** The box for a <pre> that is to be put into it. @param {string} language @param {HTMLPreElement} pre */
export function codeBox(language, pre) {
  const header = element(
    "header",
    {},
    element("span", {}, nameOf(language)),
    iconButton("wrap-text", "Wrap lines", { "data-action": "wrap-code", "aria-pressed": "false" }),
    iconButton("copy", "Copy code", { "data-action": "copy-code" }),
  );
  pre.tabIndex = 0;
  pre.setAttribute("role", "group");
  pre.setAttribute("aria-label", language ? `Code, ${nameOf(language)}` : "Code");
  return element("div", { class: "code", dir: "ltr" }, header);
}

/** Code between fences at the margin, which needs no Markdown read to grow. */
export class Fence {
  #code = element("code");
  #pre = element("pre", { "data-open": "true" }, this.#code);
  /** @type {Text} the last chunk */
  #last = document.createTextNode("");
  #lines;
  #language;
  #newline = false; // one that is shown only once something follows it
  #lineStart = true;
  closed = false;

  /** The fence that opens at the beginning of `source`, if one does. @param {string} source */
  static opening(source) {
    const found = OPENING.exec(source);
    return found && { fence: new Fence(found[1] ?? "", found[2] ?? ""), length: found[0].length };
  }

  /** @param {string} fence @param {string} info */
  constructor(fence, info) {
    this.#language = /^\s*([\w+#.-]{1,30})/.exec(info)?.[1] ?? "";
    this.#lines = new FenceLines(fence, this.#language);
    this.#pre.dataset.language = this.#language;
    this.#code.append(this.#last);
    this.element = codeBox(this.#language, this.#pre);
    this.element.append(this.#pre);
  }

  /** Take in as much of `source` as belongs here. @param {string} source @param {boolean} finished whether no more comes @returns {number} how much that was */
  take(source, finished) {
    if (this.#pre.dataset.open === undefined) this.#open(); // it was finished, and goes on after all
    const found = this.#lines.closing(source, this.#lineStart ? 0 : source.indexOf("\n") + 1 || source.length, finished);
    if (found) {
      this.#append(source.slice(0, found.at));
      this.closed = true;
      this.#finish();
      return found.end;
    }
    const lastLine = source.lastIndexOf("\n") + 1;
    const held =
      !finished && (lastLine || this.#lineStart) && this.#lines.maybe.test(source.slice(lastLine, lastLine + 100))
        ? lastLine
        : source.length;
    this.#append(source.slice(0, held));
    if (finished) this.#finish();
    return held;
  }

  /** @param {string} text */
  #append(text) {
    if (!text) return;
    this.#lineStart = text.endsWith("\n");
    let rest = (this.#newline ? "\n" : "") + (this.#lineStart ? text.slice(0, -1) : text);
    this.#newline = this.#lineStart;
    while (this.#last.length + rest.length > CHUNK_CHARACTERS) {
      const end = rest.indexOf("\n", Math.max(0, CHUNK_CHARACTERS - this.#last.length)) + 1;
      if (!end) break;
      this.#last.appendData(rest.slice(0, end));
      rest = rest.slice(end);
      if (this.#last.parentNode === this.#code) this.#code.append(chunk(this.#last));
      this.#last = document.createTextNode("");
      this.#code.append(chunk(this.#last));
    }
    this.#last.appendData(rest);
  }

  #finish() {
    delete this.#pre.dataset.open;
    if (this.#language) void highlight(this.#code, this.#language);
  }

  #open() {
    this.#pre.dataset.open = "true";
    this.#last = document.createTextNode(this.#code.textContent ?? "");
    this.#code.replaceChildren(this.#last);
  }
}

/** @param {Text} text */
const chunk = (text) => element("span", { class: "chunk" }, text);
