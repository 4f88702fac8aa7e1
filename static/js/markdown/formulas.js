/**
 * Which dollars and escaped brackets are meant as a formula. Prices, variables of a shell, tickers, citations and options in brackets
 * look alike; what is inside and beside them tells.
 */

const WORDS_IN_TEX = /\\(?:text\w*|mathrm|mathbf|operatorname|mbox|begin|end)\*?\s*\{[^{}]*\}/g;
const COMMAND = /\\(?:[a-z]{2,}|[{},;:!|])/i;
const SCRIPT = /[\p{L}\d)\]}'′|]\s*\^\s*[-+\p{L}\d{(\\*]|(?<![\p{L}\d])[\p{L}\d][\d'′]*\s*_\s*[\p{L}\d{\\]|[)\]}]_/u;
const OPERATION = /[=<>≤≥≠≈≡∈∉⊂⊆∪∩→⇒±×÷·∞√∑∏∫∂∇]|[\p{L}\d)\]}'!]\s*[-+*/|−]\s*[\p{L}\d([{\\|]|[\p{L}\d)]!/u;
const FUNCTIONS = /^(?:arc)?(?:sin|cos|tan|log|ln|exp|max|min|lim|det|dim|mod|gcd|lcm|d[txyz])$/i;
const RELATION_AMID_SPACES = /\S\s+[=<>≤≥≈]\s+\S/;
const FIGURES = /^[\d\s.,;:%–—-]+$/;
const SYMBOLS = /^[\p{Script=Latin}\p{Script=Greek}\d\s.,;:'′()[\]{}|!&+*/=<>≤≥≠≈≡∈∉⊂⊆∪∩→⇒±×÷·∞√∑∏∫∂∇−–^_%-]+$/u;

/** @param {string} tex */
const wordsOf = (tex) =>
  (
    tex
      .replace(WORDS_IN_TEX, " ")
      .replace(/\\[a-z]+/gi, " ")
      .match(/\p{L}{2,}/gu) ?? []
  ).filter((word) => !FUNCTIONS.test(word));

/** @param {string} tex */
const isTex = (tex) => COMMAND.test(tex) || SCRIPT.test(tex);

/** @param {string} tex */
function bracketsMatch(tex) {
  let depth = 0;
  for (const [sign] of tex.matchAll(/[([{]|[)\]}]/g)) if ((depth += "([{".includes(sign) ? 1 : -1) < 0) return false;
  return depth === 0;
}

/** $…$. @param {string} tex @param {string} before the letter before it, if there is one @param {string} after what follows */
export function isFormulaInDollars(tex, before, after) {
  if (/[`\n]|\*\*/.test(tex)) return false;
  if (/^(?:[\^_](?:\{[^{}]*\}|\\[a-z]+|[\p{L}\d])|\\[a-z]+)$/iu.test(tex)) return true; // CO$_2$, 10$^{-3}$, $\mu$m
  if (/[\w$]/.test(before) || (/^(?:[\w$({]|[.,]\d)/.test(after) && !/^(?:th|st|nd|rd)\b/.test(after))) return false;
  if (!/[\p{L}\d]/u.test(tex)) return /^[-+=<>±×÷·∞]$/.test(tex);
  if (isTex(tex)) return true;
  if (!bracketsMatch(tex) || /[-+/*=,:;&<>~–—]$|^[^|]*\|$/.test(tex)) return false;
  if (!/\s/.test(tex)) return true;
  if (!OPERATION.test(tex)) return /^\p{L}?[([]?(?:\p{L}\d?|(?<=[([])\d+)(?:[,;]?\s+(?:\p{L}\d?|\d+(?=.*[)\]]$)))*[)\]]?$/u.test(tex);
  return !wordsOf(tex).length || RELATION_AMID_SPACES.test(tex);
}

/** $$…$$. @param {string} tex @param {string} before @param {string} after */
export function isFormulaInDoubleDollars(tex, before, after) {
  if (before === "$" || after.startsWith("$") || !/[\p{L}\d\\]/u.test(tex)) return false;
  if (isTex(tex) || OPERATION.test(tex)) return true;
  return wordsOf(tex).length ? !/\s/.test(tex) : !/^\s*[;,.]/.test(tex);
}

/**
 * \(…\) and \[…\]. Figures and plain words in them are brackets that were escaped.
 *
 * @param {string} tex
 * @param {string} bracket "(" or "["
 * @param {string} before
 * @param {string} after
 * @param {boolean} alone whether nothing else is on its lines
 */
export function isFormulaInBrackets(tex, bracket, before, after, alone) {
  if (COMMAND.test(tex)) return true;
  if (/\w/.test(before) || /^\\?[([]/.test(after)) return false; // f\(x\), list\[i\], \[text\]\(address\)
  const inside = tex.trim();
  if (!/[\p{L}\d]/u.test(inside) || !SYMBOLS.test(inside) || /^(?:\p{L}\.)+/u.test(inside)) return false;
  if (FIGURES.test(inside)) return bracket === "(" && /^\s.*\s$/s.test(tex);
  if (wordsOf(inside).length) return RELATION_AMID_SPACES.test(inside);
  if (SCRIPT.test(inside)) return true;
  if (bracket === "(" || (alone && inside.length === 1)) return true;
  return OPERATION.test(inside) && !/^(?:\w-\w|\w)+$/.test(inside); // [a-z]
}
