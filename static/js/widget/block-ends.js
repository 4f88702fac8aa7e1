/** Where Markdown's blocks begin and end in a text. */
export const FENCE = /^ {0,3}(`{3,}|~{3,})/;
export const HEADING = /^ {0,3}(#{1,6})(?=\s)/;
export const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
export const ITEM = /^(\s*)([-*+]|(\d{1,9})[.)])(?:\s+|$)/;
export const QUOTE = /^ {0,3}>\s?/;
export const ROW = /^\s*\|.*\|\s*$/;
export const DIVIDER = /^\s*\|?(\s*:?-+:?\s*\|)+(\s*:?-+:?\s*)?\s*$/;

/** The blocks' texts. Only the last one changes while more is written. @param {string} text @returns {string[]} */
export function split(text) {
  const lines = text.split("\n");
  /** @type {string[]} */
  const blocks = [];
  for (let at = 0; at < lines.length;) {
    if (!line(lines, at).trim()) {
      at += 1;
      continue;
    }
    const end = endOf(lines, at);
    blocks.push(lines.slice(at, end).join("\n").trimEnd());
    at = end;
  }
  return blocks;
}

/** @param {string[]} lines @param {number} at where a block begins */
function endOf(lines, at) {
  const first = line(lines, at);
  const fence = FENCE.exec(first)?.[1];
  if (fence) {
    const close = lines.findIndex((one, number) => number > at && closes(one, fence));
    return close < 0 ? lines.length : close + 1;
  }
  if (HEADING.test(first) || RULE.test(first)) return at + 1;
  if (ITEM.test(first)) return endOfList(lines, at);
  const goesOn = QUOTE.test(first) ? QUOTE : ROW.test(first) ? ROW : null;
  for (let end = at + 1; ; end += 1) {
    const next = line(lines, end);
    if (end >= lines.length || !next.trim()) return end;
    if (goesOn ? !goesOn.test(next) : FENCE.test(next) || HEADING.test(next) || QUOTE.test(next) || ITEM.test(next)) return end;
  }
}

/** Blank lines are within a list where another item follows, or something that is indented. @param {string[]} lines @param {number} at */
function endOfList(lines, at) {
  let end = at + 1;
  for (let next = end; next < lines.length; next += 1) {
    const text = line(lines, next);
    if (!text.trim()) continue;
    const isBehindBlank = next > end;
    const belongs = ITEM.test(text) || /^\s{2,}/.test(text) || (!isBehindBlank && !FENCE.test(text) && !HEADING.test(text));
    if (!belongs || RULE.test(text)) return end;
    end = next + 1;
  }
  return end;
}

/** Whether a line ends the code that `fence` began. @param {string} text @param {string} fence */
export function closes(text, fence) {
  const signs = text.trim();
  return signs.startsWith(fence) && !signs.replaceAll(fence.charAt(0), "");
}

/** Empty behind the last one. @param {string[]} lines @param {number} at */
export function line(lines, at) {
  return lines[at] ?? "";
}
