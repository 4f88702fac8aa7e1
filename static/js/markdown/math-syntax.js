/**
 * Formulas in Markdown: $…$, $$…$$, \(…\) and \[…\]. They become placeholders that hold the source as text.
 *
 * @typedef {import("marked").TokenizerAndRendererExtension} Extension
 */

const BLOCK = /^ {0,3}(?:\$\$([\s\S]+?)\$\$|\\\[([\s\S]+?)\\\]) *(?:\n+|$)/;
const INLINE = /^(?:\$\$((?:\\.|[^\\$])+?)\$\$|\\\(([\s\S]+?)\\\)|\\\[([\s\S]+?)\\\])/;
// As in Pandoc: no space inside the dollars, no digit behind them. So “$5 or $10” stays two prices.
const DOLLARS = /^\$(?![\s$])((?:\\.|[^\\$\n])*?[^\s\\$]|\\.)\$(?![\d$])/;
const SENTENCE = /^\d[\d.,]*\s*[a-z]{2,}|(?<![\\{a-z])[a-z]{2,} [a-z]{2,}/i;

/** @param {"div" | "span"} tag @param {string} tex @param {boolean} display */
function placeholder(tag, tex, display) {
  const escaped = tex.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `<${tag} data-math="${display ? "block" : "inline"}">${escaped}</${tag}>`;
}

/** @type {Extension} */
const block = {
  name: "mathBlock",
  level: "block",
  start: (source) => source.match(/^ {0,3}(?:\$\$|\\\[)/m)?.index,
  tokenizer(source) {
    const found = BLOCK.exec(source);
    if (found) return { type: "mathBlock", raw: found[0], tex: (found[1] ?? found[2] ?? "").trim() };
  },
  renderer: (token) => placeholder("div", token.tex, true),
};

/** @type {Extension} */
const inline = {
  name: "mathInline",
  level: "inline",
  start: (source) => source.match(/\$|\\[([]/)?.index,
  tokenizer(source) {
    const found = INLINE.exec(source);
    if (found)
      return { type: "mathInline", raw: found[0], tex: (found[1] ?? found[2] ?? found[3] ?? "").trim(), display: found[2] === undefined };
    const dollars = DOLLARS.exec(source);
    if (dollars?.[1] && !SENTENCE.test(dollars[1])) return { type: "mathInline", raw: dollars[0], tex: dollars[1], display: false };
  },
  renderer: (token) => placeholder("span", token.tex, token.display),
};

export const mathExtensions = [block, inline];
