/** Markdown's blocks as elements: paragraphs, headings, lists, code, quotes and tables. Everything else is text. */
import { DIVIDER, FENCE, HEADING, ITEM, QUOTE, ROW, RULE, closes, line, split } from "widget/block-ends";
import { make } from "widget/elements";
import { inline } from "widget/inline";

const DEEPEST = 6;

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

/** What a heading says, without the signs that may close it. By hand: a pattern would look for them from each place. @param {string} text */
function headingOf(text) {
  const whole = text.trim();
  let end = whole.length;
  while (whole[end - 1] === "#") end -= 1;
  return /\S/.test(whole.charAt(end - 1)) ? whole : whole.slice(0, end).trimEnd();
}

/** @param {string[]} lines @param {number} depth */
function inside(lines, depth) {
  return split(lines.join("\n")).map((text) => block(text, depth + 1));
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
