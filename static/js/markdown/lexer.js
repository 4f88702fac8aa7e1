import { Lexer, Marked } from "marked";
import remend from "remend";
import { footnoteExtensions } from "markdown/footnotes";
import { mathExtensions } from "markdown/math-syntax";
import { renderer } from "markdown/renderer";

/**
 * Markdown to tokens, and one token to HTML that still has to pass the purifier.
 *
 * @typedef {import("marked").Token} Token
 * @typedef {import("marked").Links} Links
 */

const marked = new Marked({ gfm: true, breaks: true, extensions: [...mathExtensions, ...footnoteExtensions], renderer });

/** @param {string} source @param {Links} links reference definitions from the text above */
export function lex(source, links) {
  const lexer = new Lexer(marked.defaults);
  Object.assign(lexer.tokens.links, links);
  return lexer.lex(source);
}

/** Close what is still open at the end of a block that is being written. @param {string} raw */
export function closed(raw) {
  return remend(raw, { linkMode: "text-only", katex: false, htmlTags: false, comparisonOperators: false, singleTilde: false });
}

/** @param {Token} token */
export function toHtml(token) {
  return marked.parser([token]);
}
