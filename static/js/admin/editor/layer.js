import { element } from "dom";
import { blocks, pieces } from "admin/editor/syntax";

/**
 * The layer behind an editor's text: the same lines with the same breaks, whose letters can't be seen and whose marks can. It is as high
 * and as wide as the text, and so makes the field so. `inert` keeps the browser's find out of it.
 *
 * @typedef {import("admin/editor/syntax").Token} Token
 */

export class Layer {
  element = element("div", { class: "editor-layer", "aria-hidden": "true", inert: true });
  #isWrong;
  /** @type {string[]} */
  #lines = [];
  /** @type {import("admin/editor/syntax").Block[]} */
  #blocks = [];
  /** @type {number[]} where each line begins in the text; empty where that isn't known */
  #starts = [];

  /** @param {(token: Token) => boolean} isWrong */
  constructor(isWrong) {
    this.#isWrong = isWrong;
  }

  /** Only lines that differ are made again. @param {string} text */
  update(text) {
    const lines = text.split("\n");
    const kinds = blocks(lines);
    /** @param {number} now @param {number} before */
    const isSame = (now, before) => lines[now] === this.#lines[before] && kinds[now] === this.#blocks[before];
    const most = Math.min(lines.length, this.#lines.length);
    let above = 0;
    while (above < most && isSame(above, above)) above += 1;
    let below = 0;
    while (below < most - above && isSame(lines.length - 1 - below, this.#lines.length - 1 - below)) below += 1;
    const made = lines.slice(above, lines.length - below).map((line, index) => this.#line(line, kinds[above + index] ?? ""));
    const old = Array.from({ length: this.#lines.length - above - below }, (_, index) => this.element.children[above + index]);
    const next = this.element.children[this.#lines.length - below] ?? null;
    for (const line of old) line?.remove();
    const fragment = document.createDocumentFragment();
    fragment.append(...made);
    this.element.insertBefore(fragment, next);
    [this.#lines, this.#blocks, this.#starts] = [lines, kinds, []];
  }

  /** What is wrong is another by now. */
  judge() {
    this.#lines.forEach((line, index) => {
      if (!line.includes("{{")) return;
      const [now, before] = [this.#line(line, this.#blocks[index] ?? ""), this.element.children[index]];
      if (before && !now.isEqualNode(before)) before.replaceWith(now);
    });
  }

  /** @param {string} line @param {import("admin/editor/syntax").Block} block */
  #line(line, block) {
    const shown = pieces(line, block, this.#isWrong).map(({ text, kinds }) =>
      kinds.length ? element("span", { class: kinds.join(" ") }, text) : text,
    );
    return element("div", { class: block || undefined }, ...shown);
  }

  /** Which line a place in the text is in, from 0. @param {number} at */
  lineAt(at) {
    if (!this.#starts.length) {
      let start = 0;
      this.#starts = this.#lines.map((line) => (start += line.length + 1) - line.length - 1);
    }
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Where a stretch of the text stands in the layer. @param {number} from @param {number} to */
  range(from, to) {
    const range = document.createRange();
    range.setStart(...this.#place(from));
    range.setEnd(...this.#place(to));
    return range;
  }

  /** @param {number} at @returns {[Node, number]} */
  #place(at) {
    const number = this.lineAt(at);
    const line = this.element.children[number] ?? this.element;
    let left = at - (this.#starts[number] ?? 0);
    const texts = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      const { length } = /** @type {Text} */ (text);
      if (left <= length) return [text, left];
      left -= length;
    }
    return [line, 0];
  }

  /** Scroll so that this place of the text is seen. @param {number} at */
  reveal(at) {
    this.element.children[this.lineAt(at)]?.scrollIntoView({ block: "center", inline: "nearest" });
  }
}
