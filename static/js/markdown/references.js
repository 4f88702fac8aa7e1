/**
 * Links by reference and footnotes: what is defined so far, and the settled blocks that may refer to what is defined only below them.
 *
 * @typedef {import("marked").Token} Token
 * @typedef {{raw: string, nodes: ChildNode[]}} Block
 */

const BLOCKS_PER_STEP = 20;

export class References {
  /** @type {import("marked").Links} */
  links = {};
  /** The footnotes' labels. @type {Set<string>} */
  notes = new Set();
  /** @type {{block: Block, known: number}[]} and how many definitions were known when it was made */
  #referring = [];

  get #count() {
    return Object.keys(this.links).length + this.notes.size;
  }

  /** @param {Token} token */
  define(token) {
    if (token.type === "def") this.links[token.tag] ??= { href: token.href, title: token.title };
    else if (token.type === "footnote") this.notes.add(/** @type {import("marked").Tokens.Generic} */ (token).label);
  }

  /** What stands at the end: blocks that may refer to what is defined in the same ones. @param {Token[]} tokens @param {Block[]} blocks */
  end(tokens, blocks) {
    const known = this.#count;
    for (const token of tokens) this.define(token);
    this.settle(blocks, known);
  }

  /** Blocks that will not be read again by themselves. @param {Block[]} blocks */
  settle(blocks, known = this.#count) {
    for (const block of blocks) if (block.raw.includes("[")) this.#referring.push({ block, known });
  }

  /** Make again what refers to something that was defined below it. @param {(block: Block) => DocumentFragment} make @returns {boolean} whether all of it is done */
  resolve(make) {
    const count = this.#count;
    const outdated = this.#referring.filter(({ known }) => known < count);
    for (const one of outdated.slice(0, BLOCKS_PER_STEP)) {
      one.known = count;
      const [first, ...others] = one.block.nodes;
      if (!(first instanceof Element)) continue;
      const fragment = make(one.block);
      one.block.nodes = [...fragment.childNodes];
      others.forEach((node) => node.remove());
      first.replaceWith(fragment);
    }
    return outdated.length <= BLOCKS_PER_STEP;
  }
}
