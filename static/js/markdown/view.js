import { element } from "dom";
import { Caret } from "markdown/caret";
import { Fence } from "markdown/code";
import { LONG_CHARACTERS, cutOf } from "markdown/cuts";
import { finish } from "markdown/finish";
import { closed, isOpen, lex, toHtml } from "markdown/lexer";
import { areSelected, patch } from "markdown/patch";
import { purifiedProse } from "markdown/purifier";
import { References } from "markdown/references";
import { Source } from "markdown/source";

/**
 * One text as elements, kept up to date while it grows. Only blocks that can still change are read and made again, and those are
 * never long: each update costs what it adds, whatever is there already.
 *
 * @typedef {import("marked").Token} Token
 * @typedef {{raw: string, shown: string, open: boolean, nodes: ChildNode[]}} Block  `open`: read as something that may go on
 */

const STEP_CHARACTERS = LONG_CHARACTERS * 1.5; // read at a time, so that a long history doesn't hold up the page
const CODE_STEP_CHARACTERS = 32_000; // of code, which is cheaper

export class MarkdownView {
  element = element("div", { class: "text" });
  #scope;
  #source = new Source();
  #finished = false;
  #complete = true;
  #step = STEP_CHARACTERS;
  #caret = new Caret();
  /** @type {Block[]} the blocks of `#source.rest`, which may still change */
  #open = [];
  /** @type {Fence | null} the code that is being written */
  #fence = null;
  #references = new References();

  /** @param {string} scope */
  constructor(scope) {
    this.#scope = scope;
  }

  /**
   * Show `text`, or as much more of it as one step allows.
   *
   * @param {string} text
   * @param {boolean} finished
   * @param {string[]} [pieces] what was added to the text since it was last given whole
   * @returns {boolean} whether all of it is shown
   */
  update(text, finished, pieces) {
    const taken = this.#source.take(text, finished, pieces);
    if (taken === "same" && finished === this.#finished && this.#complete) return true;
    if (taken === "other") this.#reset();
    this.#finished = finished;
    this.#complete = this.#read(finished) && (!finished || this.#references.resolve((block) => this.#made(this.#lex(block.raw, false))));
    this.#caret.show(this.element, !finished);
    return this.#complete;
  }

  /** @param {boolean} finished @returns {boolean} whether there is nothing left to read */
  #read(finished) {
    const source = this.#source;
    for (;;) {
      this.#fence ??= this.#openFence();
      if (this.#fence) {
        const all = source.rest.length <= CODE_STEP_CHARACTERS;
        source.skip(this.#fence.take(all ? source.rest : source.rest.slice(0, CODE_STEP_CHARACTERS), finished && all));
        if (!this.#fence.closed) return all;
        this.#fence = null;
        if (!source.rest) return true;
        continue; // another may follow at once
      }
      const { rest } = source;
      const whole = rest.length <= this.#step;
      const tokens = this.#lex(whole ? rest : rest.slice(0, this.#step), !(finished && whole));
      const settled = this.#show(tokens, finished && whole);
      if (settled === "fence" || (settled === "cut" && whole)) continue;
      if (whole) return true;
      this.#step = settled ? STEP_CHARACTERS : this.#step * 2;
      return false;
    }
  }

  #openFence() {
    const opening = Fence.opening(this.#source.rest);
    if (!opening) return null;
    this.#replaceOpen([]);
    this.#source.skip(opening.length);
    this.element.append(opening.fence.element);
    return opening.fence;
  }

  /**
   * Show what was read, and let go of what can't change any more.
   *
   * @param {Token[]} tokens
   * @param {boolean} last whether nothing follows
   * @returns {"fence" | "cut" | "some" | ""} what stopped it, or whether anything was settled
   */
  #show(tokens, last) {
    const sure = tokens.length - unsettledTokens(tokens);
    let at = 0;
    for (const [index, token] of tokens.entries()) {
      const fence = index > 0 && Fence.opening(token.raw);
      const cut = index <= sure ? cutOf(token) : null;
      if (!fence && !cut) continue;
      at = index;
      this.#replaceOpen(tokens.slice(0, at).map((one) => [one, one.raw]));
      this.#settle(tokens.slice(0, at));
      if (!cut) return "fence";
      this.#replaceOpen(this.#lex(cut.head, false).map((one) => [one, one.raw]));
      if (token.type === "paragraph")
        this.#open.at(-1)?.nodes.forEach((node) => node instanceof HTMLElement && node.classList.add("continued"));
      this.#letGo();
      this.#source.skip(cut.head.length, cut.prefix);
      return "cut";
    }
    this.#replaceOpen(
      tokens.map((one, index) => [
        one,
        index === tokens.length - 1 && !last && one.type !== "code" && one.type !== "mathBlock" ? closed(one.raw) : one.raw,
      ]),
      !last,
    );
    if (last) this.#references.end(tokens, this.#open);
    else this.#settle(tokens.slice(0, sure));
    return sure > 0 ? "some" : "";
  }

  /** @param {[Token, string][]} shown each block with the text that is shown for it @param {boolean} [grows] whether the last of them may grow */
  #replaceOpen(shown, grows = false) {
    shown.forEach(([token, text], index) => this.#put(index, token, text, grows && index === shown.length - 1));
    for (const block of this.#open.splice(shown.length)) block.nodes.forEach((node) => node.remove());
  }

  /** @param {Token[]} tokens the first ones of those that are open */
  #settle(tokens) {
    this.#letGo(tokens.length);
    for (const token of tokens) {
      this.#references.define(token);
      this.#source.skip(token.raw.length);
    }
  }

  /** @param {number} [count] */
  #letGo(count = this.#open.length) {
    this.#references.settle(this.#open.splice(0, count));
  }

  /** @param {string} source @param {boolean} unfinished */
  #lex(source, unfinished) {
    return lex(source, this.#references, unfinished);
  }

  /** @param {number} index @param {Token} token @param {string} shown @param {boolean} grows */
  #put(index, token, shown, grows) {
    const known = this.#open[index];
    const open = isOpen(token);
    if (known?.shown === shown && known.raw === token.raw && known.open === (open && grows)) return;
    const asIs = shown === token.raw && (grows || !open);
    const fragment = this.#made(token.type === "space" ? [] : asIs ? [token] : this.#lex(shown, grows));
    let nodes = [...fragment.childNodes];
    if (known && areSelected(known.nodes)) nodes = patch(known.nodes, nodes);
    else {
      this.element.insertBefore(fragment, known?.nodes[0] ?? this.#following(index));
      known?.nodes.forEach((node) => node.remove());
    }
    this.#open[index] = { raw: token.raw, shown, open: open && grows, nodes };
  }

  /** @param {Token[]} tokens */
  #made(tokens) {
    const fragment = document.createDocumentFragment();
    for (const token of tokens) fragment.append(purifiedProse(toHtml(token)));
    finish(fragment, this.#scope);
    return fragment;
  }

  /** @param {number} index */
  #following(index) {
    for (const block of this.#open.slice(index + 1)) if (block.nodes[0]) return block.nodes[0];
    return null;
  }

  #reset() {
    this.element.replaceChildren();
    this.#open = [];
    this.#fence = null;
    this.#references = new References();
    this.#step = STEP_CHARACTERS;
  }
}

/**
 * How many tokens at the end may read differently once more text is there: the last block, and while it is a single line, a formula that
 * isn't closed or a heading whose underline may turn out to be a list's item, the one above it too, which it may turn out to continue.
 *
 * @param {Token[]} tokens
 */
function unsettledTokens(tokens) {
  const last = tokens.findLastIndex((token) => token.type !== "space");
  const above = tokens.findLastIndex((token, index) => index < last && token.type !== "space");
  const { type, raw = "" } = tokens[last] ?? {};
  const sure = raw.includes("\n") && !("open" in (tokens[last] ?? {})) && (type !== "heading" || raw.endsWith("\n"));
  const first = sure || above < 0 ? last : above;
  return tokens.length - Math.max(first, 0);
}
