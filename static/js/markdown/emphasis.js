import { CJK } from "markdown/cjk";
import { formulasIn } from "markdown/math-syntax";

/**
 * Emphasis as CommonMark has it (https://spec.commonmark.org/0.31.2/, 6.2 and its appendix), with the CJK-friendly amendments
 * (https://github.com/tats-u/markdown-cjk-friendly) and GFM's ~~strikethrough~~. A single tilde is never one: it stands for “about”
 * and “to”.
 *
 * marked asks at each sign in turn, so all of a text is worked out at the first one and looked up at the others.
 *
 * @typedef {import("marked").Lexer} Lexer
 * @typedef {{sign: string, at: number, left: number, length: number, opens: boolean, closes: boolean}} Run  `left` of its `length` are unused, from `at` on
 * @typedef {Map<number, {end: number, size: number, sign: string}>} Spans  by where they begin
 */

const RUN = /\*+|_+|~+/g;
const SPACE = /^\s?$/;
const SIGN = /^[\p{P}\p{S}]/u;
const EAST_ASIAN = new RegExp(`^(?!\\p{Emoji_Presentation})[${CJK}]`, "u");
const BEFORE = /(?:[^][\ufe00-\ufe0e]|[^])$/u;
const FULL_WIDTH_QUOTE = /^[“”‘’]\ufe01/;
const IDEOGRAPHIC_VARIATION = /^[\u{e0100}-\u{e01ef}]/u;

const ASCII_LETTER = /[\da-z]/i;
const NONE = { cjk: false, punctuation: false, space: true, foreign: false };
const LETTER = { ...NONE, space: false };
const ASCII_SIGN = { ...LETTER, punctuation: true, foreign: true };

/** @param {string} letter */
function kindOf(letter) {
  if (letter < "\u0080") return letter <= " " ? NONE : ASCII_LETTER.test(letter) ? LETTER : ASCII_SIGN;
  const cjk = EAST_ASIAN.test(letter) || FULL_WIDTH_QUOTE.test(letter) || IDEOGRAPHIC_VARIATION.test(letter);
  const punctuation = SIGN.test(letter);
  return { cjk, punctuation, space: SPACE.test(letter), foreign: punctuation && !cjk };
}

/** With the selector of a variation behind it. @param {string} text @param {number} end */
function letterBefore(text, end) {
  const last = text.charAt(end - 1);
  return last < "\u0080" ? last : (BEFORE.exec(text.slice(Math.max(0, end - 3), end))?.[0] ?? "");
}

/** @param {string} text @param {number} at */
function letterAt(text, at) {
  const point = text.codePointAt(at);
  return point === undefined ? "" : String.fromCodePoint(point);
}

/** @param {string} text @returns {Run[]} */
function runsOf(text) {
  return [...text.matchAll(RUN)].flatMap(({ 0: { length }, index: at }) => {
    const before = kindOf(letterBefore(text, at));
    const after = kindOf(letterAt(text, at + length));
    const opens = !after.space && (!after.foreign || before.space || before.foreign || before.cjk);
    const closes = !before.space && (!before.foreign || after.space || after.foreign || after.cjk);
    const sign = text.charAt(at);
    if (sign === "~" && length !== 2) return [];
    const within = sign === "_" && opens && closes; // snake_case
    return {
      sign,
      at,
      left: length,
      length,
      opens: opens && (!within || before.punctuation),
      closes: closes && (!within || after.punctuation),
    };
  });
}

/** @param {Run} opener @param {Run} closer */
function pair(opener, closer) {
  if (opener.sign !== closer.sign) return false;
  const both = opener.closes || closer.opens;
  return !both || closer.sign === "~" || (opener.length + closer.length) % 3 > 0 || (opener.length % 3 === 0 && closer.length % 3 === 0);
}

/** @param {string} text @returns {Spans} */
function spansOf(text) {
  const spans = new Map();
  /** @type {Run[]} */
  const openers = [];
  const searched = new Map(); // up to where no opener was found for closers of a kind
  for (const run of runsOf(text)) {
    const kind = `${run.sign}${run.opens}${run.length % 3}`;
    while (run.closes && run.left) {
      const from = searched.get(kind) ?? 0;
      let index = openers.length - 1;
      while (index >= 0 && !pair(/** @type {Run} */ (openers[index]), run)) index = (openers[index - 1]?.at ?? -1) < from ? -1 : index - 1;
      const opener = openers[index];
      if (!opener || opener.at < from) {
        searched.set(kind, run.at);
        break;
      }
      const size = opener.left > 1 && run.left > 1 ? 2 : 1;
      opener.left -= size;
      run.left -= size;
      run.at += size;
      spans.set(opener.at + opener.left, { end: run.at, size, sign: run.sign });
      openers.length = opener.left ? index + 1 : index;
    }
    if (run.opens && run.left) openers.push(run);
  }
  return spans;
}

/** @type {WeakMap<Lexer, Map<string, Spans>>} */
const known = new WeakMap();
/** @type {{length: number, spans: Spans, offset: number}[]} the texts inside emphasis that are being read: their spans were found with those around them */
const within = [];

/** @param {Lexer} lexer @param {string} source @param {string} masked */
function lookUp(lexer, source, masked) {
  const inner = within.at(-1);
  if (inner?.length === masked.length) return inner;
  const texts = known.get(lexer) ?? new Map();
  known.set(lexer, texts);
  if (!texts.has(masked)) texts.set(masked, spansOf(withoutFormulas(source, masked)));
  return { spans: /** @type {Spans} */ (texts.get(masked)), offset: 0 };
}

/** What is a sign inside a formula is none outside. @param {string} source from the first sign on @param {string} masked */
function withoutFormulas(source, masked) {
  const offset = masked.length - source.length;
  let clean = masked;
  if (!/[$\\]/.test(source)) return masked;
  for (const { at, raw } of formulasIn(source, (index) => masked[offset + index] === "$" || masked[offset + index] === "+"))
    clean = clean.slice(0, offset + at) + "$".repeat(raw.length) + clean.slice(offset + at + raw.length);
  return clean;
}

/** @this {import("marked").Tokenizer} @param {string} source @param {string} masked as long as the whole text, without code and links @returns {any} */
function emphasis(source, masked) {
  if (!"*_~".includes(source.charAt(0))) return undefined;
  const { spans, offset } = lookUp(this.lexer, source, masked);
  const at = offset + masked.length - source.length;
  const span = spans.get(at);
  if (!span) return undefined;
  const { end, size, sign } = span;
  const raw = source.slice(0, end - at);
  const text = raw.slice(size, -size);
  within.push({ length: text.length, spans, offset: at + size });
  try {
    return { type: sign === "~" ? "del" : size === 2 ? "strong" : "em", raw, text, tokens: this.lexer.inlineTokens(text) };
  } finally {
    within.pop();
  }
}

export const emphasisTokenizer = { emStrong: emphasis, del: emphasis };
