import { isFormulaInBrackets, isFormulaInDollars, isFormulaInDoubleDollars } from "markdown/formulas";

/**
 * Formulas in Markdown: $…$, $$…$$, \(…\), \[…\] and environments such as \begin{align}. They become placeholders that hold the source
 * as text.
 *
 * @typedef {import("marked").TokenizerAndRendererExtension} Extension
 * @typedef {{raw: string, tex: string, display: boolean}} Formula
 */

const MOST_CHARACTERS = 4_000; // of one formula on lines of its own
const ENVIRONMENTS =
  "(?:align(?:ed|at|edat)?|equation|gather(?:ed)?|multline|eqnarray|split|cases|rcases|array|[bBpvV]?(?:small)?matrix|CD)\\*?";
const BEGIN = new RegExp(`^\\\\begin\\{(${ENVIRONMENTS})\\}`);
const OPENING = /^( {0,3})(\$\$|\\\[)([ \t]*\n)?/;
const INLINE = /^(?:(\$\$)((?:\\.|[^\\$])+?)\$\$|\\\((?![ \t\n]*\\\))([\s\S]+?)\\\)|\\\[([\s\S]+?)\\\])/;
// As in Pandoc: no space inside the dollars.
const DOLLARS = /^\$(?![\s$])((?:\\.|[^\\$\n])*?(?:[^\s\\$]|\\.))\$/;
const MAYBE_ON_LINES = /^ {0,3}(?:\$\$|\\[[b])/;
const REST_OF_LINE = /^[ \t]*(?:\n+|$)/;

/** @param {"div" | "span"} tag @param {string} tex @param {string} kind */
function placeholder(tag, tex, kind) {
  const escaped = tex.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `<${tag} data-math="${kind}">${escaped}</${tag}>`;
}

/** An environment from \begin to its \end. @param {string} source */
function environment(source) {
  const name = BEGIN.exec(source)?.[1];
  if (!name) return undefined;
  const end = `\\end{${name}}`;
  const at = source.slice(0, MOST_CHARACTERS).indexOf(end);
  return at < 0 ? null : source.slice(0, at + end.length);
}

/** The formula that `source` begins with. @param {string} source @param {string} before the letter before it @returns {Formula | undefined} */
function formulaAt(source, before) {
  if (source.startsWith("\\begin")) {
    const tex = environment(source);
    return tex && !/\n[ \t]*\n/.test(tex) ? { raw: tex, tex, display: false } : undefined;
  }
  const found = INLINE.exec(source);
  if (found) {
    const tex = found[2] ?? found[3] ?? found[4] ?? "";
    const after = source.slice(found[0].length, found[0].length + 8);
    const meant = found[1]
      ? isFormulaInDoubleDollars(tex, before, after)
      : isFormulaInBrackets(tex, source.charAt(1), before, after, false);
    return meant ? { raw: found[0], tex: tex.trim(), display: found[3] === undefined } : undefined;
  }
  const dollars = DOLLARS.exec(source);
  if (dollars?.[1] && isFormulaInDollars(dollars[1], before, source.slice(dollars[0].length, dollars[0].length + 8)))
    return { raw: dollars[0], tex: dollars[1], display: false };
  return undefined;
}

/** All formulas in a text. @param {string} text @param {(at: number) => boolean} [counts] whether there can be one @returns {{at: number, raw: string}[]} */
export function formulasIn(text, counts) {
  const found = [];
  let end = 0;
  for (const { index: at } of text.matchAll(/\$|\\[([]|\\begin\{/g)) {
    if (at < end || (counts && !counts(at))) continue;
    const raw = formulaAt(text.slice(at), text.charAt(at - 1))?.raw;
    if (raw) found.push({ at, raw });
    end = at + (raw?.length ?? /^\$*/.exec(text.slice(at))?.[0].length ?? 0);
  }
  return found;
}

/** A formula on lines of its own; null where it isn't closed. @param {string} source @returns {{raw: string, tex: string} | null | undefined} */
function formulaOnLines(source) {
  if (!MAYBE_ON_LINES.test(source)) return undefined;
  const indent = /^ {0,3}/.exec(source)?.[0].length ?? 0;
  const tex = environment(source.slice(indent));
  if (tex !== undefined) return tex === null ? null : ended(source, indent + tex.length, tex);
  const opening = OPENING.exec(source);
  if (!opening) return undefined;
  const [all, , sign = "", alone] = opening;
  const begin = indent + sign.length;
  const paragraph = alone ? MOST_CHARACTERS : source.search(/\n[ \t]*(?:\n|$)/);
  const near = source.slice(0, paragraph < 0 ? undefined : paragraph);
  const at = near.indexOf(sign === "$$" ? "$$" : "\\]", alone ? all.length - 1 : begin);
  if (at < 0) return alone ? null : undefined;
  const inside = source.slice(begin, at);
  const after = source.slice(at + 2, at + 3);
  const meant = sign === "$$" ? isFormulaInDoubleDollars(inside, "", after) : alone || isFormulaInBrackets(inside, "[", "", after, true);
  return meant && inside.trim() ? ended(source, at + 2, inside.trim()) : undefined;
}

/** @param {string} source @param {number} length @param {string} tex */
function ended(source, length, tex) {
  const rest = REST_OF_LINE.exec(source.slice(length));
  return rest ? { raw: source.slice(0, length) + rest[0], tex } : undefined;
}

/** @type {Extension} */
const block = {
  name: "mathBlock",
  level: "block",
  start: (source) => source.search(/(?<=\n) {0,3}(?:\$\$|\\\[|\\begin\{)/), // marked leaves a letter out, so ^ would be amid a line
  tokenizer(source) {
    const found = formulaOnLines(source);
    if (found) return { type: "mathBlock", ...found };
    const { unfinished } = /** @type {import("markdown/lexer").Reading} */ (this.lexer);
    if (found === null && unfinished && source.length <= MOST_CHARACTERS)
      return { type: "mathBlock", raw: source, tex: source, open: true };
  },
  renderer: (token) => placeholder("div", token.tex, token.open ? "open" : "block"),
};

/** @type {Extension} */
const inline = {
  name: "mathInline",
  level: "inline",
  start: (source) => source.search(/\$|\\[([]|\\begin\{/),
  tokenizer(source, tokens) {
    if (source[0] !== "$" && source[0] !== "\\") return undefined;
    const found = formulaAt(source, tokens.at(-1)?.raw.at(-1) ?? "");
    if (found) return { type: "mathInline", ...found };
    const dollars = /^\${2,}/.exec(source)?.[0]; // none of them opens anything
    if (dollars) return { type: "text", raw: dollars, text: dollars };
  },
  renderer: (token) => placeholder("span", token.tex, token.display ? "block" : "inline"),
};

export const mathExtensions = [block, inline];
