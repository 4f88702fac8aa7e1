import { isCell } from "markdown/tables";

/**
 * HTML in an answer is nearly always something that is talked about: it is shown as it was written. A few plain tags that Markdown has
 * no sign for are let through, where they enclose something; and <br>, where it breaks a line.
 *
 * @typedef {import("marked").TokenizerAndRendererExtension} Extension
 */

const ENCLOSING = /^<(sub|sup|kbd|mark|u|s|b|i|small)>((?:(?!<\/?\1>)[^])+)<\/\1>/i;
const TALKED_ABOUT = /^\s.*\s$|^[\s.…]*$/s; // as in: between <b> and </b>
const BREAK = /^<br *\/?>(?: *\n)?/i;

/** @type {Extension} */
const enclosing = {
  name: "plainTag",
  level: "inline",
  tokenizer(source) {
    if (source[0] !== "<") return undefined;
    const [raw, tag = "", text = ""] = ENCLOSING.exec(source) ?? [];
    if (!raw || TALKED_ABOUT.test(text)) return undefined;
    return { type: "plainTag", raw, tag: tag.toLowerCase(), tokens: this.lexer.inlineTokens(text) };
  },
  renderer(token) {
    return `<${token.tag}>${this.parser.parseInline(token.tokens ?? [])}</${token.tag}>`;
  },
};

/** In a sentence, with a space on both sides or a sign behind it, <br> is a word. @type {Extension} */
const lineBreak = {
  name: "lineBreak",
  level: "inline",
  tokenizer(source, tokens) {
    const raw = source[0] === "<" && BREAK.exec(source)?.[0];
    if (!raw) return undefined;
    const before = tokens.at(-1);
    const after = raw.endsWith("\n") ? "" : source.slice(raw.length);
    const between = /^$|\s$/.test(before?.raw ?? "") && /^ +\S/.test(after) && before?.type !== "br" && !BREAK.test(after.trimStart());
    if (!isCell(tokens) && (between || /^["'”’`.,:;!?)\]]/.test(after))) return undefined;
    return { type: "br", raw };
  },
};

export const tagExtensions = [enclosing, lineBreak];

export const tagTokenizer = {
  /** Lines that begin with a tag are lines like others. */
  html: () => undefined,

  /** @this {import("marked").Tokenizer} @param {string} source @returns {any} */
  tag(source) {
    const raw = source.startsWith("<") && this.rules.inline.tag.exec(source)?.[0];
    return raw ? { type: "html", raw, text: raw, block: false, inLink: false, inRawBlock: false } : undefined;
  },
};
