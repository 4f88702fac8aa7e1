/** Emphasis, code and links within a line of Markdown, as nodes: what a model writes never becomes markup. */
import { make } from "widget/elements";

const DEEPEST = 8;
/** Characters of what is emphasised, at most: each sign that opens nothing is looked after for as long. */
const LONGEST = 2000;
const PROTOCOLS = ["http:", "https:", "mailto:"];
/** What something may begin with; all between these is text. */
const SIGNS = /\\[!-/:-@[-`{-~]|`+|\*{1,3}|(?<![\p{L}\p{N}])_{1,3}|~~|!?\[|https?:\/\/[^\s<>"]+|\n/gu;
const LINK = /^\[((?:\\.|[^[\]\\\n]|\[[^[\]\n]*\])*)\]\(\s*<?([^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*)>?(?:\s+"[^"\n]*")?\s*\)/;
const AFTER_ADDRESS = ".,;:!?'\"*_~])}";

/** @param {string} text @param {number} [depth] @returns {DocumentFragment} */
export function inline(text, depth = 0) {
  const made = document.createDocumentFragment();
  const signs = new RegExp(SIGNS);
  let at = 0;
  for (;;) {
    signs.lastIndex = at;
    const found = signs.exec(text);
    if (!found) break;
    const read = depth < DEEPEST ? piece(text, found.index, found[0], depth) : null;
    const end = read ? read.end : found.index + found[0].length;
    made.append(text.slice(at, found.index));
    made.append(read ? read.node : found[0]);
    at = end;
  }
  made.append(text.slice(at));
  return made;
}

/**
 * What begins at `at` with `sign`; null where it is just text.
 *
 * @param {string} text @param {number} at @param {string} sign @param {number} depth
 * @returns {{node: Node | string, end: number} | null}
 */
function piece(text, at, sign, depth) {
  if (sign === "\n") return { node: make("br"), end: at + 1 };
  if (sign.startsWith("\\")) return { node: sign.slice(1), end: at + 2 };
  if (sign.startsWith("`")) return code(text, at, sign);
  if (sign.startsWith("http")) return address(at, sign);
  if (sign.endsWith("[")) return link(text, at, sign, depth);
  return emphasis(text, at, sign, depth);
}

/** @param {string} text @param {number} at @param {string} ticks */
function code(text, at, ticks) {
  const start = at + ticks.length;
  const close = new RegExp(`(?<!\`)${ticks}(?!\`)`, "g");
  close.lastIndex = start;
  const found = close.exec(text);
  if (!found) return null;
  const inside = text.slice(start, found.index).replaceAll("\n", " ");
  const trimmed = /^ .*[^ ].* $/.test(inside) ? inside.slice(1, -1) : inside;
  return { node: make("code", {}, trimmed), end: found.index + ticks.length };
}

/** @param {number} at @param {string} found */
function address(at, found) {
  let length = found.length;
  while (AFTER_ADDRESS.includes(found.charAt(length - 1))) length -= 1;
  let written = found.slice(0, length);
  if (written.includes("(") && found[written.length] === ")") written += ")";
  return { node: anchor(written, written), end: at + written.length };
}

/** An image is a link to it: a page of the host's loads nothing that a model names. @param {string} text @param {number} at @param {string} sign @param {number} depth */
function link(text, at, sign, depth) {
  const found = LINK.exec(text.slice(at + sign.length - 1, at + 4000));
  if (!found) return null;
  const [whole, label = "", target = ""] = found;
  return { node: anchor(target, inline(label || target, depth + 1)), end: at + sign.length - 1 + whole.length };
}

/** @param {string} text @param {number} at @param {string} sign @param {number} depth */
function emphasis(text, at, sign, depth) {
  const start = at + sign.length;
  if (/^(\s|$)/.test(text.slice(start, start + 1))) return null;
  for (let close = text.indexOf(sign, start + 1); close > 0 && close - start < LONGEST; close = text.indexOf(sign, close + 1)) {
    const before = text[close - 1] ?? "";
    const after = text[close + sign.length] ?? "";
    if (/[\s\\]/.test(before) || after === sign[0] || before === sign[0]) continue;
    if (sign[0] === "_" && /[\p{L}\p{N}]/u.test(after)) continue;
    const inside = inline(text.slice(start, close), depth + 1);
    return { node: wrapped(sign, inside), end: close + sign.length };
  }
  return null;
}

/** @param {string} sign @param {Node} inside */
function wrapped(sign, inside) {
  if (sign === "~~") return make("del", {}, inside);
  if (sign.length === 1) return make("em", {}, inside);
  return make("strong", {}, sign.length === 3 ? make("em", {}, inside) : inside);
}

/** Only to addresses that can't run anything. @param {string} target @param {Node | string} label */
function anchor(target, label) {
  const href = safe(target);
  return href ? make("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, label) : make("span", {}, label);
}

/** @param {string} target */
function safe(target) {
  try {
    const { protocol, href } = new URL(target);
    return PROTOCOLS.includes(protocol) ? href : null;
  } catch {
    return null;
  }
}
