import { element } from "dom";
import { Caret } from "markdown/caret";
import { Fence } from "markdown/code";
import { cutOf } from "markdown/cuts";
import { closed, lex } from "markdown/lexer";
import { OpenBlocks, unsettledTokens } from "markdown/open-blocks";
import { References } from "markdown/references";
import { Source } from "markdown/source";

/**
 * One text as elements, kept up to date while it grows. Only blocks that can still change are read and made again, and those are
 * never long: each update costs what it adds, whatever is there already.
 *
 * @typedef {import("marked").Token} Token
 */

const STEP_CHARACTERS = 4_000; // read at a time, so that a long text doesn't hold up the page; more where a block is longer
const CODE_STEP_CHARACTERS = 32_000; // of code, which is cheaper

export class MarkdownView {
  element = element("div", { class: "text" });
  #scope;
  #source = new Source();
  #finished = false;
  #complete = true;
  #step = STEP_CHARACTERS;
  #caret = new Caret();
  /** @type {Fence | null} the code that is being written */
  #fence = null;
  #references = new References();
  /** The blocks of `#source.rest`. */
  #open;

  /** @param {string} scope */
  constructor(scope) {
    this.#scope = scope;
    this.#open = new OpenBlocks(this.element, scope, this.#references);
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
    this.#complete =
      this.#read(finished) && (!finished || this.#references.resolve((block) => this.#open.made(this.#lex(block.raw, false))));
    this.#caret.show(this.element, !finished);
    return this.#complete;
  }

  /** @param {boolean} finished @returns {boolean} whether there is nothing left to read */
  #read(finished) {
    const source = this.#source;
    const before = source.rest.length;
    const isEnough = () => before - source.rest.length > STEP_CHARACTERS;
    for (;;) {
      this.#fence ??= this.#openFence();
      if (this.#fence) {
        const all = source.rest.length <= CODE_STEP_CHARACTERS;
        source.skip(this.#fence.take(all ? source.rest : source.rest.slice(0, CODE_STEP_CHARACTERS), finished && all));
        if (!this.#fence.closed) return all;
        this.#fence = null;
        if (!source.rest || isEnough()) return !source.rest;
        continue; // another may follow at once
      }
      const { rest } = source;
      const whole = rest.length <= this.#step;
      const tokens = this.#lex(whole ? rest : rest.slice(0, this.#step), !(finished && whole));
      const settled = this.#show(tokens, finished && whole);
      const goesOn = settled === "fence" || (settled === "cut" && whole);
      if (goesOn && !isEnough()) continue;
      if (!whole && !goesOn) this.#step = settled ? STEP_CHARACTERS : this.#step * 2;
      return whole && !goesOn;
    }
  }

  #openFence() {
    const opening = Fence.opening(this.#source.rest);
    if (!opening) return null;
    this.#open.replace([]);
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
    for (const [index, token] of tokens.entries()) {
      const fence = index > 0 && Fence.opening(token.raw);
      const cut = index <= sure ? cutOf(token) : null;
      if (!fence && !cut) continue;
      this.#open.replace(tokens.slice(0, index).map((one) => [one, one.raw]));
      this.#settle(tokens.slice(0, index));
      if (!cut) return "fence";
      this.#open.replace(this.#lex(cut.head, false).map((one) => [one, one.raw]));
      if (token.type === "paragraph") this.#open.markContinued();
      this.#open.letGo();
      this.#source.skip(cut.head.length, cut.prefix);
      return "cut";
    }
    this.#open.replace(
      tokens.map((one, index) => [
        one,
        index === tokens.length - 1 && !last && one.type !== "code" && one.type !== "mathBlock" ? closed(one.raw) : one.raw,
      ]),
      !last,
    );
    if (last) this.#references.end(tokens, this.#open.blocks);
    else this.#settle(tokens.slice(0, sure));
    return sure > 0 ? "some" : "";
  }

  /** @param {Token[]} tokens the first ones of those that are open */
  #settle(tokens) {
    this.#open.letGo(tokens.length);
    for (const token of tokens) {
      this.#references.define(token);
      this.#source.skip(token.raw.length);
    }
  }

  /** @param {string} source @param {boolean} unfinished */
  #lex(source, unfinished) {
    return lex(source, this.#references, unfinished);
  }

  #reset() {
    this.element.replaceChildren();
    this.#fence = null;
    this.#references = new References();
    this.#open = new OpenBlocks(this.element, this.#scope, this.#references);
    this.#step = STEP_CHARACTERS;
  }
}
