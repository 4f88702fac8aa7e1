import { Tokenizer } from "marked";
import { formulasIn } from "markdown/math-syntax";

/** Tables in which a bar inside code or a formula belongs to its cell, although it isn't escaped. */

const BAR = "\ue000"; // stands for such a bar while the row is cut into cells
/** @type {WeakSet<object>} the tokens of cells that may hold tags */
const cells = new WeakSet();
const CODE = /(?<!`)(`+)(?!`)([^\n]*?[^`\n])\1(?!`)/g;

/** @param {string} row */
function columnsOf(row) {
  const line = row.trim();
  let columns = line.startsWith("|") ? 0 : 1;
  for (let at = line.indexOf("|"); at >= 0 && at < line.length - 1; at = line.indexOf("|", at + 1)) if (line[at - 1] !== "\\") columns += 1;
  return columns;
}

/** Where a row has too many cells, bars are hidden that are inside something. @param {string} table */
function withoutInnerBars(table) {
  if (!/[`$\\]/.test(table)) return table;
  const rows = table.split("\n");
  const columns = columnsOf(rows[1] ?? "");
  return rows.map((row) => (columnsOf(row) > columns && /[`$\\]/.test(row) ? withHiddenBars(row) : row)).join("\n");
}

/** @param {string} row */
function withHiddenBars(row) {
  const hidden = (/** @type {string} */ raw) => raw.replace(/(?<!\\)\|/g, BAR);
  let clean = row.replace(CODE, (raw, _, text) => (/[^\s|]/.test(text) ? hidden(raw) : raw));
  for (const { at, raw } of formulasIn(clean)) clean = clean.slice(0, at) + hidden(raw) + clean.slice(at + raw.length);
  return clean;
}

/** Whether `tokens` are what a cell consists of. @param {import("marked").Token[]} tokens */
export const isCell = (tokens) => cells.has(tokens);

/** @param {string} text */
const withBars = (text) => text.replaceAll(BAR, "|");

const HEADER = /^[^\n]*\|[^\n]*\n {0,3}[|:-][|: -]*(?:\n|$)/;

export const tableTokenizer = {
  /** @this {Tokenizer} @param {string} source @returns {any} */
  table(source) {
    const queue = this.lexer.inlineQueue;
    const queued = queue.length;
    let token = Tokenizer.prototype.table.call(this, source);
    const raw = token?.raw ?? (HEADER.test(source) ? (/^(?:[^\n]*\S[^\n]*(?:\n|$))+/.exec(source)?.[0] ?? "") : "");
    const clean = raw && withoutInnerBars(raw);
    if (clean !== raw) {
      queue.length = queued;
      token = Tokenizer.prototype.table.call(this, clean + source.slice(raw.length));
      if (!token) return undefined;
      for (const cell of queue.slice(queued)) cell.src = withBars(cell.src);
      for (const cell of [...token.header, ...token.rows.flat()]) cell.text = withBars(cell.text);
      token.raw = source.slice(0, token.raw.length);
    }
    if (token) for (const cell of queue.slice(queued)) if (cell.src.includes("<")) cells.add(cell.tokens);
    return token;
  },
};
