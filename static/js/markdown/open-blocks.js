import { finish } from "markdown/finish";
import { isOpen, lex, toHtml } from "markdown/lexer";
import { areSelected, patch } from "markdown/patch";
import { purifiedProse } from "markdown/purifier";

/**
 * The blocks at the end of a text that may still change, as elements: they are made again only where they read differently.
 *
 * @typedef {import("marked").Token} Token
 * @typedef {{raw: string, shown: string, open: boolean, nodes: ChildNode[]}} Block  `open`: read as something that may go on
 */
export class OpenBlocks {
  /** @type {Block[]} */
  blocks = [];
  #element;
  #scope;
  #references;

  /** @param {HTMLElement} element all of the text @param {string} scope @param {import("markdown/references").References} references */
  constructor(element, scope, references) {
    this.#element = element;
    this.#scope = scope;
    this.#references = references;
  }

  /** @param {[Token, string][]} shown each block with the text that is shown for it @param {boolean} [grows] whether the last of them may grow */
  replace(shown, grows = false) {
    shown.forEach(([token, text], index) => this.#put(index, token, text, grows && index === shown.length - 1));
    for (const block of this.blocks.splice(shown.length)) block.nodes.forEach((node) => node.remove());
  }

  /** The first ones, or all, can't change any more. @param {number} [count] */
  letGo(count = this.blocks.length) {
    this.#references.settle(this.blocks.splice(0, count));
  }

  /** The last one is a paragraph that goes on below, as if it were one with that. */
  markContinued() {
    this.blocks.at(-1)?.nodes.forEach((node) => node instanceof HTMLElement && node.classList.add("continued"));
  }

  /** @param {Token[]} tokens */
  made(tokens) {
    const fragment = document.createDocumentFragment();
    for (const token of tokens) fragment.append(purifiedProse(toHtml(token)));
    finish(fragment, this.#scope);
    return fragment;
  }

  /** @param {number} index @param {Token} token @param {string} shown @param {boolean} grows */
  #put(index, token, shown, grows) {
    const known = this.blocks[index];
    const open = isOpen(token);
    if (known?.shown === shown && known.raw === token.raw && known.open === (open && grows)) return;
    const asIs = shown === token.raw && (grows || !open);
    const fragment = this.made(token.type === "space" ? [] : asIs ? [token] : lex(shown, this.#references, grows));
    let nodes = [...fragment.childNodes];
    if (known && areSelected(known.nodes)) nodes = patch(known.nodes, nodes);
    else {
      this.#element.insertBefore(fragment, known?.nodes[0] ?? this.#following(index));
      known?.nodes.forEach((node) => node.remove());
    }
    this.blocks[index] = { raw: token.raw, shown, open: open && grows, nodes };
  }

  /** @param {number} index */
  #following(index) {
    for (const block of this.blocks.slice(index + 1)) if (block.nodes[0]) return block.nodes[0];
    return null;
  }
}

/**
 * How many tokens at the end may read differently once more text is there: the last block, and while it is a single line, a formula that
 * isn't closed or a heading whose underline may turn out to be a list's item, the one above it too, which it may turn out to continue.
 *
 * @param {Token[]} tokens
 */
export function unsettledTokens(tokens) {
  const last = tokens.findLastIndex((token) => token.type !== "space");
  const above = tokens.findLastIndex((token, index) => index < last && token.type !== "space");
  const { type, raw = "" } = tokens[last] ?? {};
  const sure = raw.includes("\n") && !("open" in (tokens[last] ?? {})) && (type !== "heading" || raw.endsWith("\n"));
  const first = sure || above < 0 ? last : above;
  return tokens.length - Math.max(first, 0);
}
