import { element } from "dom";
import { finish } from "markdown/finish";
import { closed, lex, toHtml } from "markdown/lexer";
import { purifiedProse } from "markdown/purifier";

/**
 * One text as elements, kept up to date while it grows. Only blocks that changed are made again, and a growing text is read again
 * only from the last block that can still change: the cost of an answer is linear in its length.
 *
 * @typedef {import("marked").Token} Token
 * @typedef {{raw: string, shown: string, nodes: ChildNode[]}} Block
 */

const STEP = 8_000; // characters read at a time, so that a long history doesn't hold up the page
const REREAD = 200_000; // up to here a finished text is read once more in full, for what only its end decides

export class MarkdownView {
  element = element("div", { class: "text" });
  #scope;
  #text = "";
  #stable = 0;
  #settled = 0;
  #step = STEP;
  #finished = false;
  #complete = true;
  #caret = element("span", { class: "caret", "aria-hidden": "true" });
  /** @type {Block[]} */
  #blocks = [];
  /** @type {import("markdown/lexer").Links} */
  #links = {};

  /** @param {string} scope */
  constructor(scope) {
    this.#scope = scope;
  }

  /**
   * Show `text`, or as much more of it as one step allows.
   *
   * @param {string} text
   * @param {boolean} finished
   * @returns {boolean} whether all of it is shown
   */
  update(text, finished) {
    const source = text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
    if (source === this.#text && finished === this.#finished && this.#complete) return true;
    // A text that was finished has its last block settled; when it goes on after all, that block may change again.
    if (!source.startsWith(this.#text) || (this.#finished && this.#complete)) this.#reset();
    this.#text = source;
    this.#finished = finished;
    const complete = this.#appendToOpenFence(source, finished) || this.#read(source, finished);
    this.#moveCaret();
    return (this.#complete = complete);
  }

  /** @param {string} source @param {boolean} finished */
  #read(source, finished) {
    const until = Math.min(source.length, this.#stable + this.#step);
    const whole = until === source.length;
    const tokens = lex(source.slice(this.#stable, until), this.#links);
    const unsettled = finished && whole ? 0 : unsettledTokens(tokens);
    this.#show(tokens, unsettled, finished && whole);
    if (!whole) {
      this.#step = tokens.length > unsettled ? STEP : this.#step * 2;
      return false;
    }
    if (finished) this.#readAgain(source);
    return true;
  }

  /** The end of a running answer breathes. An element, for a selector that looks for the end costs a restyle of the whole text. */
  #moveCaret() {
    this.#caret.remove();
    if (!this.#finished) tipOf(this.element).append(this.#caret);
  }

  #reset() {
    this.element.replaceChildren();
    this.#text = "";
    this.#stable = this.#settled = 0;
    this.#blocks = [];
    this.#links = {};
  }

  /** @param {Token[]} tokens @param {number} unsettled how many at the end may still change @param {boolean} finished */
  #show(tokens, unsettled, finished) {
    tokens.forEach((token, index) => {
      const last = index === tokens.length - 1;
      this.#put(this.#settled + index, token, last && !finished && token.type !== "code" ? closed(token.raw) : token.raw);
    });
    for (const block of this.#blocks.splice(this.#settled + tokens.length)) block.nodes.forEach((node) => node.remove());
    const settled = tokens.slice(0, tokens.length - unsettled);
    for (const token of settled) if (token.type === "def") this.#links[token.tag] ??= { href: token.href, title: token.title };
    this.#settled += settled.length;
    this.#stable += settled.reduce((length, token) => length + token.raw.length, 0);
  }

  /** @param {number} index @param {Token} token @param {string} shown */
  #put(index, token, shown) {
    const known = this.#blocks[index];
    if (known?.shown === shown && known.raw === token.raw) return;
    const fragment = document.createDocumentFragment();
    if (token.type !== "space") {
      for (const part of shown === token.raw ? [token] : lex(shown, this.#links)) fragment.append(purifiedProse(toHtml(part)));
      finish(fragment, this.#scope);
    }
    const nodes = [...fragment.childNodes];
    const next = known?.nodes[0] ?? null;
    this.element.insertBefore(fragment, next ?? this.#following(index));
    known?.nodes.forEach((node) => node.remove());
    this.#blocks[index] = { raw: token.raw, shown, nodes };
  }

  /** @param {number} index */
  #following(index) {
    for (const block of this.#blocks.slice(index + 1)) if (block.nodes[0]) return block.nodes[0];
    return null;
  }

  /** Code that is being written only grows: its text is appended, whatever its length. @param {string} source @param {boolean} finished */
  #appendToOpenFence(source, finished) {
    const last = this.#blocks.at(-1);
    if (!last || finished || !source.startsWith(last.raw, this.#stable) || this.#blocks.length - 1 !== this.#settled) return false;
    const fence = /^(`{3,}|~{3,})[^\n]*\n/.exec(last.raw)?.[1];
    const box = last.nodes.find((node) => node instanceof HTMLElement && node.classList.contains("code"));
    const text = box instanceof HTMLElement && box.querySelector("pre[data-open] code")?.firstChild;
    if (!fence || !(text instanceof Text)) return false;
    const raw = source.slice(this.#stable);
    const grown = raw.slice(last.raw.lastIndexOf("\n") + 1);
    if (/^ {0,3}[`~]/m.test(grown)) return false; // perhaps the end of the fence
    text.data = raw.slice(raw.indexOf("\n") + 1).replace(/\n$/, "");
    last.raw = last.shown = raw;
    return true;
  }

  /** Read all of it once more: references defined below their use are known only now. @param {string} source */
  #readAgain(source) {
    if (source.length > REREAD) return;
    const tokens = lex(source, {});
    if (Object.keys(tokens.links).length) for (const block of this.#blocks) if (block.raw.includes("[")) block.shown = "";
    this.#settled = this.#stable = 0;
    this.#show(tokens, 0, true);
  }
}

/**
 * How many tokens at the end may read differently once more text is there: the last block, and while it is a single line
 * the one above it too, which that line may turn out to continue.
 *
 * @param {Token[]} tokens
 */
function unsettledTokens(tokens) {
  const last = tokens.findLastIndex((token) => token.type !== "space");
  const above = tokens.findLastIndex((token, index) => index < last && token.type !== "space");
  const first = tokens[last]?.raw.includes("\n") || above < 0 ? last : above;
  return tokens.length - Math.max(first, 0);
}

/** The element at whose end the last letter stands. @param {Element} text */
function tipOf(text) {
  let tip = text;
  while (tip.lastElementChild?.matches("p, h3, h4, ul, ol, li, blockquote")) tip = tip.lastElementChild;
  return tip.matches("ul, ol") ? text : tip;
}
