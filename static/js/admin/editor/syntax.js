/**
 * What the lines of a prompt hold beside words: names to be replaced, as `conversations/rendering/syntax.py` reads them, and Markdown,
 * lightly. Pure, and linear in the text.
 *
 * @typedef {{from: number, to: number, kind: "variable" | "fragment" | "broken" | "code" | "strong" | "emphasis", name: string}} Token
 * @typedef {"" | "heading" | "code"} Block
 */

const INSERTION =
  /\\\{\{|\{\{(?:[ \t]{0,9}(?:([a-zA-Z_][a-zA-Z0-9_.]{0,79})|>[ \t]{0,9}([a-z0-9][a-z0-9_-]{0,49}(?:@[0-9]{1,6})?))[ \t]{0,9}\}\})?/g;
const INLINE =
  /(`[^`]+`)|(\*\*[^*]+\*\*|__[^_]+__)|((?<![\w*])\*[^*\s][^*]*\*(?![\w*])|(?<![\p{L}\p{N}_])_[^_\s][^_]*_(?![\p{L}\p{N}_]))/gu;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const HEADING = /^ {0,3}#{1,6}(?:[ \t]|$)/;
const MAX_CHARACTERS = 4000; // of a line in which Markdown is looked for

/** Names and braces that name nothing. @param {string} line @returns {Token[]} */
export function insertions(line) {
  if (!line.includes("{{")) return [];
  /** @type {Token[]} */
  const found = [];
  for (const match of line.matchAll(INSERTION)) {
    const [whole, variable, fragment] = match;
    if (whole.startsWith("\\")) continue;
    const kind = variable ? "variable" : fragment ? "fragment" : "broken";
    found.push({ from: match.index, to: match.index + whole.length, kind, name: variable ?? fragment ?? "" });
  }
  return found;
}

/** Code, strong words and emphasis. @param {string} line @returns {Token[]} */
export function inline(line) {
  if (line.length > MAX_CHARACTERS) return [];
  return Array.from(line.matchAll(INLINE), (match) => {
    const kind = match[1] ? "code" : match[2] ? "strong" : "emphasis";
    return { from: match.index, to: match.index + match[0].length, kind, name: "" };
  });
}

/** What each line is a part of. @param {string[]} lines @returns {Block[]} */
export function blocks(lines) {
  let fence = "";
  return lines.map((line) => {
    const mark = FENCE.exec(line)?.[1] ?? "";
    if (!fence) {
      fence = mark;
      return mark ? "code" : HEADING.test(line) ? "heading" : "";
    }
    if (mark[0] === fence[0] && mark.length >= fence.length) fence = "";
    return "code";
  });
}

/**
 * A line cut where something begins or ends, with all that each piece is.
 *
 * @param {string} line @param {Block} block @param {(token: Token) => boolean} isWrong
 * @returns {{text: string, kinds: string[]}[]}
 */
export function pieces(line, block, isWrong) {
  const found = [insertions(line), block === "code" ? [] : inline(line)];
  if (!found.flat().length) return [{ text: line, kinds: [] }];
  const edges = [...new Set([0, line.length, ...found.flat().flatMap(({ from, to }) => [from, to])])].sort((one, other) => one - other);
  const next = found.map(() => 0); // tokens of one kind stand one behind the other
  return edges.slice(0, -1).map((from, index) => {
    const kinds = found.flatMap((tokens, kind) => {
      while ((tokens[next[kind] ?? 0]?.to ?? Infinity) <= from) next[kind] = (next[kind] ?? 0) + 1;
      const token = tokens[next[kind] ?? 0];
      if (!token || from < token.from) return [];
      return isWrong(token) ? [token.kind, "wrong"] : [token.kind];
    });
    return { text: line.slice(from, edges[index + 1]), kinds };
  });
}
