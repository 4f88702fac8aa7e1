import { closed } from "markdown/lexer";

/**
 * Where a very long block is cut, so that the cost of showing it grows with its length only: a list between its items, a table
 * between its rows (the rest gets the header again), a paragraph behind a sentence. The same text is always cut alike.
 *
 * @typedef {import("marked").Token} Token
 * @typedef {{head: string, prefix: string}} Cut  what is shown by itself, and what the rest has to begin with
 */

export const LONG_CHARACTERS = 8_000;
const TOO_LONG_CHARACTERS = 32_000; // from here on it is cut even where that shows

/** @param {Token} token @returns {Cut | null} null where it isn't long enough, or can't be cut yet */
export function cutOf(token) {
  if (token.raw.length <= LONG_CHARACTERS) return null;
  const at = PLACES[token.type]?.(token);
  if (at) return { head: token.raw.slice(0, at), prefix: token.type === "table" ? headerOf(token.raw) : "" };
  return token.raw.length > TOO_LONG_CHARACTERS ? { head: token.raw.slice(0, anywhere(token.raw)), prefix: "" } : null;
}

/** @param {import("marked").Tokens.List} list */
function betweenItems({ items }) {
  let at = 0;
  const behind = items.findIndex((item) => (at += item.raw.length) > LONG_CHARACTERS);
  const known = behind > 0 && behind + 1 < items.length; // what follows the cut is certainly an item
  return known ? items.slice(0, behind).reduce((length, item) => length + item.raw.length, 0) : 0;
}

/** @param {Token} token */
function betweenRows({ raw }) {
  const at = raw.lastIndexOf("\n", LONG_CHARACTERS) + 1;
  return raw.slice(at).trim() ? at : 0;
}

/** @type {Record<string, (token: any) => number>} */
const PLACES = { list: betweenItems, table: betweenRows, paragraph: behindSentence, blockquote: betweenRows };

/** @param {string} table */
function headerOf(table) {
  return table.slice(0, table.indexOf("\n", table.indexOf("\n") + 1) + 1);
}

/** @param {Token} token */
function behindSentence({ raw }) {
  for (const end of [/\n(?=\p{L})/gu, /[.!?…。！？]["”’)]? ?(?=\p{L})/gu, / (?=\p{L})/gu]) {
    const places = [...raw.slice(LONG_CHARACTERS / 2, LONG_CHARACTERS).matchAll(end)].map(
      (found) => LONG_CHARACTERS / 2 + found.index + found[0].length,
    );
    const at = places.slice(-20).findLast((place) => closed(raw.slice(0, place)).trimEnd() === raw.slice(0, place).trimEnd());
    if (at) return at;
  }
  return 0;
}

/** @param {string} raw */
function anywhere(raw) {
  const line = raw.lastIndexOf("\n", LONG_CHARACTERS) + 1;
  if (line > LONG_CHARACTERS / 2) return line;
  const space = raw.lastIndexOf(" ", LONG_CHARACTERS) + 1;
  if (space > LONG_CHARACTERS / 2) return space;
  return /[\ud800-\udbff]/.test(raw.charAt(LONG_CHARACTERS - 1)) ? LONG_CHARACTERS - 1 : LONG_CHARACTERS; // not through a letter of two code units
}
