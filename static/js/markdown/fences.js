import { Tokenizer } from "marked";

/**
 * Lines that open or close a block of code. A file of Markdown may have blocks of its own: inside a fence for Markdown, one that names
 * a language opens an inner block.
 */

const MARKDOWN = /^(?:markdown|md|mdx|mdown|mkd|rmd|qmd)$/i;
const LANGUAGE = /^[ \t]*[\w+#.{][^`]*$/;
const HIDDEN = "\ue000";

export class FenceLines {
  /** @type {number[]} the lengths of inner fences that are open */
  #inner = [];
  #nests;

  /**
   * @param {string} fence what opened the block: three signs or more
   * @param {string} language
   */
  constructor(fence, language) {
    this.#nests = MARKDOWN.test(language);
    this.pattern = new RegExp(`^ {0,3}(${fence}${fence[0]}*)([^\\n]*)(?:\\n|(?![^]))`, "gm");
    /** what may become such a line */
    this.maybe = this.#nests ? /^ {0,3}(?:`{0,2}|~{0,2}|`{3,}[^`\n]{0,60}|~{3,}[^\n]{0,60})$/ : /^ {0,3}(?:[`~]+ *)?$/;
  }

  /** The line that closes the block, if there is one. @param {string} text @param {number} from where a line begins @param {boolean} finished whether the last line is whole */
  closing(text, from, finished) {
    this.pattern.lastIndex = from;
    for (let line; (line = this.pattern.exec(text));) {
      if (!line[0].endsWith("\n") && !finished) return null;
      if (this.#closes(line[1]?.length ?? 0, line[2] ?? "")) return { at: line.index, end: line.index + line[0].length };
      if (!line[0].endsWith("\n")) return null;
    }
    return null;
  }

  /** @param {number} length @param {string} rest of the line */
  #closes(length, rest) {
    if (/^[`~]* *$/.test(rest)) {
      const open = this.#inner.at(-1);
      if (open === undefined) return true;
      if (length >= open) this.#inner.pop();
    } else if (this.#nests && LANGUAGE.test(rest)) this.#inner.push(length);
    return false;
  }
}

export const fenceTokenizer = {
  /** Fences in a file of Markdown, where they aren't at the margin. @this {Tokenizer} @param {string} source @returns {any} */
  fences(source) {
    const opening = /^ {0,3}(`{3,}|~{3,})[ \t]*(\w+)[^\n]*\n/.exec(source);
    if (!opening || !MARKDOWN.test(opening[2] ?? "")) return Tokenizer.prototype.fences.call(this, source);
    const begin = opening[0].length;
    const end = new FenceLines(opening[1] ?? "", opening[2] ?? "").closing(source, begin, true)?.at ?? source.length;
    const inside = source.slice(begin, end).replace(/^( {0,3})([`~]{3,})/gm, (_, space, fence) => space + HIDDEN.repeat(fence.length));
    const token = Tokenizer.prototype.fences.call(this, source.slice(0, begin) + inside + source.slice(end));
    const sign = (opening[1] ?? "").charAt(0);
    return token && { ...token, raw: source.slice(0, token.raw.length), text: token.text.replaceAll(HIDDEN, sign) };
  },
};
