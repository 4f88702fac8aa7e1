/**
 * Footnotes: [^1] in the text, and [^1]: at the start of a line for what it says. Without that it is text, such as a class of a regular
 * expression.
 *
 * @typedef {import("marked").TokenizerAndRendererExtension} Extension
 * @typedef {import("markdown/lexer").Reading} Reading
 */

const NOTE = /^ {0,3}\[\^([^\]\s]{1,40})\]:[ \t]*([^\n]*(?:\n(?: {2,}|\t)[^\n]+)*)(?:\n+|$)/;

/** @param {string} label */
const escaped = (label) => label.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** @type {Extension} */
const reference = {
  name: "footnoteReference",
  level: "inline",
  start: (source) => source.indexOf("[^"),
  tokenizer(source) {
    if (source[0] !== "[") return undefined;
    const [raw, label = ""] = /^\[\^([^\]\s]{1,40})\](?!:)/.exec(source) ?? [];
    if (raw && /** @type {Reading} */ (this.lexer).notes.has(label)) return { type: "footnoteReference", raw, label };
  },
  renderer: (token) => `<sup data-note-reference="${escaped(token.label)}">${escaped(token.label)}</sup>`,
};

/** @type {Extension} */
const note = {
  name: "footnote",
  level: "block",
  start: (source) => source.search(/(?<=\n) {0,3}\[\^/),
  tokenizer(source) {
    const [raw, label = "", lines = ""] = NOTE.exec(source) ?? [];
    if (!raw) return undefined;
    /** @type {Reading} */ (this.lexer).notes.add(label);
    return { type: "footnote", raw, label, tokens: this.lexer.inline(lines.replace(/\n(?: {2,}|\t)/g, "\n")) };
  },
  renderer(token) {
    return `<div data-note="${escaped(token.label)}">${this.parser.parseInline(token.tokens ?? [])}</div>`;
  },
};

export const footnoteExtensions = [note, reference];
