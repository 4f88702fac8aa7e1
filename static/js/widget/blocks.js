/** Markdown's blocks as elements: paragraphs, headings, lists, code, quotes and tables. Everything else is text. */
import { make } from "widget/elements";
import { inline } from "widget/inline";

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const HEADING = /^ {0,3}(#{1,6})(?=\s)/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const ITEM = /^(\s*)([-*+]|(\d{1,9})[.)])(?:\s+|$)/;
const QUOTE = /^ {0,3}>\s?/;
const ROW = /^\s*\|.*\|\s*$/;
const DIVIDER = /^\s*\|?(\s*:?-+:?\s*\|)+(\s*:?-+:?\s*)?\s*$/;
const DEEPEST = 6;

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

/** The element of a block. @param {string} text @param {number} [depth] @returns {HTMLElement} */
export function block(text, depth = 0) {
  const lines = text.split("\n");
  const first = line(lines, 0);
  const fence = FENCE.exec(first)?.[1];
  if (fence) return codeOf(lines, fence);
  const heading = HEADING.exec(first);
  if (heading)
    return make(
      "p",
      { class: "heading", dir: "auto", role: "heading", "aria-level": `${heading[1]?.length ?? 1}` },
      inline(headingOf(first.slice(heading[0].length))),
    );
  if (RULE.test(first)) return make("hr");
  if (depth < DEEPEST && QUOTE.test(first))
    return make(
      "blockquote",
      {},
      ...inside(
        lines.map((one) => one.replace(QUOTE, "")),
        depth,
      ),
    );
  if (depth < DEEPEST && ITEM.test(first)) return listOf(lines, depth);
  if (ROW.test(first) && DIVIDER.test(line(lines, 1))) return tableOf(lines);
  return make("p", { dir: "auto" }, inline(lines.map((one) => one.trim()).join("\n")));
}

/** @param {string[]} lines @param {number} at */
function line(lines, at) {
  return lines[at] ?? "";
}

/** What a heading says, without the signs that may close it. By hand: a pattern would look for them from each place. @param {string} text */
function headingOf(text) {
  const whole = text.trim();
  let end = whole.length;
  while (whole[end - 1] === "#") end -= 1;
  return /\S/.test(whole.charAt(end - 1)) ? whole : whole.slice(0, end).trimEnd();
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

/** @param {string[]} lines @param {number} depth */
function inside(lines, depth) {
  return split(lines.join("\n")).map((text) => block(text, depth + 1));
}

/** Whether a line ends the code that `fence` began. @param {string} text @param {string} fence */
function closes(text, fence) {
  const signs = text.trim();
  return signs.startsWith(fence) && !signs.replaceAll(fence.charAt(0), "");
}

/** @param {string[]} lines @param {string} fence */
function codeOf(lines, fence) {
  const isClosed = lines.length > 1 && closes(line(lines, lines.length - 1), fence);
  const text = lines.slice(1, isClosed ? -1 : undefined).join("\n");
  return make("pre", { tabindex: "0", dir: "ltr" }, make("code", {}, text));
}

/** @param {string[]} lines @param {number} depth */
function listOf(lines, depth) {
  const [, indent = "", , number] = ITEM.exec(line(lines, 0)) ?? [];
  /** @type {string[][]} */
  const items = [];
  for (const text of lines) {
    const item = ITEM.exec(text);
    if (item && (item[1]?.length ?? 0) <= indent.length + 1) items.push([text.slice(item[0].length)]);
    else items.at(-1)?.push(text.replace(/^\s{1,4}/, ""));
  }
  const list = make(number ? "ol" : "ul", { dir: "auto", start: number === "1" ? undefined : number });
  for (const item of items) {
    const parts = inside(item, depth);
    const [only] = parts;
    const isTight = only?.tagName === "P" && !only.className && parts.slice(1).every((part) => part.tagName !== "P");
    list.append(make("li", {}, ...(isTight && only ? [...only.childNodes] : only ? [only] : []), ...parts.slice(1)));
  }
  return list;
}

/** @param {string[]} lines */
function tableOf(lines) {
  const [head = "", , ...rows] = lines;
  const table = make(
    "table",
    { dir: "auto" },
    make("thead", {}, rowOf(head, "th")),
    make("tbody", {}, ...rows.map((row) => rowOf(row, "td"))),
  );
  return make("div", { class: "wide", tabindex: "0" }, table);
}

/** @param {string} text @param {"td" | "th"} tag */
function rowOf(text, tag) {
  const cells = text
    .trim()
    .replace(/^\||\|$/g, "")
    .split(/(?<!\\)\|/);
  return make("tr", {}, ...cells.map((cell) => make(tag, {}, inline(cell.trim().replaceAll("\\|", "|")))));
}
