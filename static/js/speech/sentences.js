/**
 * What of a shown answer is read aloud. Code, tables and formulas are named and not spelled out; buttons and thoughts are left out.
 *
 * @typedef {{text: string, range: Range}} Sentence
 * @typedef {{text: string, node: Node, named: boolean}} Piece  `named`: the text stands for the node, which is something else
 */

const BLOCK = "p, li, [data-depth], blockquote, dd, dt, figcaption, .code, .table, pre, .text";
const NAMED = /** @type {const} */ ({
  ".code, pre": "Some code.",
  ".table, table": "A table.",
  "[data-tex], [data-math]": " a formula ",
  ".picture": " a picture ",
});
const LEFT_OUT = "button, header, sup, .for-readers, .caret, svg, summary";

const LETTER = /[\p{L}\p{N}]/u;

/** The sentences of an answer, in order. @param {Element} article */
export const sentencesOf = (article) => blocksOf(article).flatMap(cut);

/**
 * Where an answer says a text, by its letters and digits alone: what marks up and separates them is no matter.
 *
 * @param {Element} article
 * @param {string} text
 * @param {number} from how many letters lie before it at least
 * @returns {{range: Range, end: number} | null} `end`: how many letters lie before its end
 */
export function placeOf(article, text, from) {
  const wanted = [...text].filter((sign) => LETTER.test(sign)).join("");
  /** @type {{piece: Piece, at: number, length: number}[]} by the place of a letter in all of them */
  const places = [];
  let letters = "";
  for (const piece of blocksOf(article).flat()) {
    let at = 0;
    for (const sign of piece.text) {
      if (LETTER.test(sign)) {
        for (let unit = 0; unit < sign.length; unit++) places.push({ piece, at, length: sign.length });
        letters += sign;
      }
      at += sign.length;
    }
  }
  const begin = letters.indexOf(wanted, from);
  const [first, last] = [places[begin], places[begin + wanted.length - 1]];
  if (begin < 0 || !first || !last) return null;
  const range = document.createRange();
  if (first.piece.named) range.setStartBefore(first.piece.node);
  else range.setStart(first.piece.node, first.at);
  if (last.piece.named) range.setEndAfter(last.piece.node);
  else range.setEnd(last.piece.node, endOfWord(last.piece.text, last.at + last.length));
  return { range, end: begin + wanted.length };
}

/** Where a word ends, with what follows it at once, such as a full stop. @param {string} text @param {number} from */
const endOfWord = (text, from) => from + text.slice(from).search(/\s|$/);

/** @param {Element} article */
const blocksOf = (article) => [...article.querySelectorAll(".body > .text")].flatMap(blocksIn);

/** Pieces that belong to one paragraph, or the like. @param {Element} root @returns {Piece[][]} */
function blocksIn(root) {
  /** @type {Piece[][]} */
  const blocks = [];
  /** @type {Element | null} */
  let last = null;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) => {
    if (!(node instanceof Element)) return NodeFilter.FILTER_ACCEPT;
    if (node.matches(LEFT_OUT)) return NodeFilter.FILTER_REJECT;
    return nameOf(node) ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP;
  });
  /** @type {Element | null} its text is not read */
  let named = null;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (named?.contains(node)) continue;
    const name = node instanceof Element ? nameOf(node) : "";
    if (node instanceof Element) named = node;
    const block = (node instanceof Element ? node : node.parentElement)?.closest(BLOCK) ?? root;
    if (block !== last) blocks.push([]);
    last = block;
    blocks.at(-1)?.push({ text: name || (node.textContent ?? ""), node, named: Boolean(name) });
  }
  return blocks;
}

/** @param {Element} node */
function nameOf(node) {
  for (const [selector, name] of Object.entries(NAMED)) if (node.matches(selector)) return name;
  return "";
}

/** @param {Piece[]} pieces @returns {Sentence[]} */
function cut(pieces) {
  const whole = pieces.map(({ text }) => text).join("");
  return segmentsOf(whole)
    .filter(({ text }) => LETTER.test(text))
    .map(({ text, at }) => ({ text: text.replace(/\s+/g, " ").trim(), range: rangeOf(pieces, at, at + text.trimEnd().length) }));
}

/** @param {string} text */
function segmentsOf(text) {
  if ("Segmenter" in Intl) {
    const found = new Intl.Segmenter(undefined, { granularity: "sentence" }).segment(text);
    return Array.from(found, ({ segment, index }) => ({ text: segment, at: index }));
  }
  return Array.from(text.matchAll(/[^.!?…。！？]+[.!?…。！？]*\s*/g), (found) => ({ text: found[0], at: found.index })); // Firefox before 125
}

/** @param {Piece[]} pieces @param {number} from @param {number} to */
function rangeOf(pieces, from, to) {
  const range = document.createRange();
  let at = 0;
  for (const { text, node, named } of pieces) {
    const [begin, end] = [from - at, to - at];
    if (begin >= 0 && begin < text.length) named ? range.setStartBefore(node) : range.setStart(node, begin);
    if (end > 0 && end <= text.length) named ? range.setEndAfter(node) : range.setEnd(node, end);
    at += text.length;
  }
  return range;
}

const LANGUAGES = /** @type {const} */ ({
  ja: /[\p{Script=Hiragana}\p{Script=Katakana}]/u,
  zh: /\p{Script=Han}/u,
  ko: /\p{Script=Hangul}/u,
  ar: /\p{Script=Arabic}/u,
  he: /\p{Script=Hebrew}/u,
  el: /\p{Script=Greek}/u,
  hi: /\p{Script=Devanagari}/u,
  th: /\p{Script=Thai}/u,
});

/** The language that a text's script tells, and else the user's. @param {string} text */
export function languageOf(text) {
  const own = navigator.language;
  const told = Object.entries(LANGUAGES).find(([, script]) => script.test(text))?.[0];
  if (told) return own.startsWith(told) ? own : told;
  if (/\p{Script=Cyrillic}/u.test(text)) return navigator.languages.find((one) => /^(?:ru|uk|bg|sr|mk|be|kk)\b/.test(one)) ?? "ru";
  return own;
}
