/**
 * Footnotes: [^1] in the text, and [^1]: at the start of a line for what it says.
 *
 * @typedef {import("marked").TokenizerAndRendererExtension} Extension
 */

const NOTE = /^ {0,3}\[\^([^\]\s]{1,40})\]:[ \t]*([^\n]*(?:\n(?: {2,}|\t)[^\n]+)*)(?:\n+|$)/;

/** @param {string} label */
const escaped = (label) => label.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** @type {Extension} */
const reference = {
  name: "footnoteReference",
  level: "inline",
  start: (source) => source.match(/\[\^/)?.index,
  tokenizer(source) {
    const found = /^\[\^([^\]\s]{1,40})\](?!:)/.exec(source);
    if (found) return { type: "footnoteReference", raw: found[0], label: found[1] };
  },
  renderer: (token) => `<sup data-note-reference="${escaped(token.label)}">${escaped(token.label)}</sup>`,
};

/** @type {Extension} */
const note = {
  name: "footnote",
  level: "block",
  start: (source) => source.match(/^ {0,3}\[\^/m)?.index,
  tokenizer(source) {
    const found = NOTE.exec(source);
    if (!found) return undefined;
    const text = (found[2] ?? "").replace(/\n(?: {2,}|\t)/g, "\n");
    return { type: "footnote", raw: found[0], label: found[1], tokens: this.lexer.inline(text) };
  },
  renderer(token) {
    return `<div data-note="${escaped(token.label)}">${this.parser.parseInline(token.tokens ?? [])}</div>`;
  },
};

export const footnoteExtensions = [note, reference];
