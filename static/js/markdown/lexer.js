import { Lexer, Marked, Tokenizer } from "marked";
import remend from "remend";
import { addressTokenizer } from "markdown/addresses";
import { emphasisTokenizer } from "markdown/emphasis";
import { fenceTokenizer } from "markdown/fences";
import { footnoteExtensions } from "markdown/footnotes";
import { mathExtensions } from "markdown/math-syntax";
import { renderer } from "markdown/renderer";
import { tableTokenizer } from "markdown/tables";
import { tagExtensions, tagTokenizer } from "markdown/tags";

/**
 * Markdown to tokens, and one token to HTML that still has to pass the purifier.
 *
 * @typedef {import("marked").Token} Token
 * @typedef {import("marked").Links} Links
 * @typedef {{links: Links, notes: Set<string>}} Definitions  of references and footnotes
 * @typedef {Lexer & {notes: Set<string>, unfinished: boolean}} Reading
 */

const marked = new Marked({
  gfm: true,
  breaks: true,
  extensions: [...mathExtensions, ...footnoteExtensions, ...tagExtensions],
  renderer,
});
// Not by marked's option, which puts a function around each of them although they are asked at every sign. And where emphasis isn't its
// own, marked prepares each text for it, with signs or without.
class OurTokenizer extends Tokenizer {
  /** Not with a title that goes on behind a blank line, which would swallow what is there. @override @param {string} source */
  def(source) {
    const token = super.def(source);
    return token && /\n[ \t]*\n[ \t]*\S/.test(token.raw) ? undefined : token;
  }
}
Object.assign(OurTokenizer.prototype, addressTokenizer, fenceTokenizer, tableTokenizer, tagTokenizer);
Object.assign(Tokenizer.prototype, emphasisTokenizer);
const options = { ...marked.defaults, tokenizer: new OurTokenizer() };

const CONTAINERS = new Set(["blockquote", "list_item", "footnote"]);

/** @type {WeakMap<Token, Lexer>} blocks that nothing is known of but what they are */
const unread = new WeakMap();

/**
 * The blocks of a text. What is inside them is read when it is shown, which isn't often: most are there already.
 *
 * @param {string} source with plain line ends
 * @param {Definitions} definitions from the text above
 * @param {boolean} unfinished whether more will follow it
 */
export function lex(source, { links, notes }, unfinished) {
  const lexer = Object.assign(new Lexer(options), { notes: new Set(notes), unfinished });
  Object.assign(lexer.tokens.links, links);
  for (const token of lexer.blockTokens(source, lexer.tokens)) unread.set(token, lexer);
  return lexer.tokens;
}

/** Read what is inside a block. @param {Token} token */
export function readInside(token) {
  const lexer = unread.get(token);
  if (!lexer) return token;
  unread.delete(token);
  const inside = new Set(listsIn(token));
  for (const { src, tokens } of lexer.inlineQueue) if (inside.has(tokens)) lexer.inlineTokens(src, tokens);
  return token;
}

/** Where the tokens of its parts go. @param {any} token @returns {Generator<Token[]>} */
function* listsIn(token) {
  if (token.tokens) yield token.tokens;
  for (const part of [token.tokens, token.items, token.header, ...(token.rows ?? [])].flatMap((parts) => parts ?? [])) yield* listsIn(part);
}

/** Whether it is or holds a formula that isn't closed, and may be yet. @param {any} token @returns {boolean} */
export function isOpen(token) {
  if (token.open) return true;
  return (token.items ?? (CONTAINERS.has(token.type) ? token.tokens : []) ?? []).some(isOpen);
}

/** Close what is still open at the end of a block that is being written. @param {string} raw */
export function closed(raw) {
  return remend(raw, { linkMode: "text-only", katex: false, htmlTags: false, comparisonOperators: false, singleTilde: false });
}

/** @param {Token} token */
export function toHtml(token) {
  return marked.parser([readInside(token)]);
}
