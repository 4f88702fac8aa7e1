import { element, root } from "dom";

/**
 * What is found, as options of a list: those of a conversation together, under its title.
 *
 * @typedef {import("page").Found} Found
 */

const RECENT = 8;
const thisYear = new Intl.DateTimeFormat("en", { month: "short", day: "numeric" });
const earlier = new Intl.DateTimeFormat("en", { month: "short", day: "numeric", year: "numeric" });

/** @param {Found[]} results best first @returns {HTMLElement[]} */
export function optionsFor(results) {
  /** @type {Map<string, Found[]>} */
  const groups = new Map();
  for (const result of results) {
    const group = groups.get(result.conversation);
    if (group) group.push(result);
    else groups.set(result.conversation, [result]);
  }
  return [...groups.values()].map((group) => {
    const options = group.map((result, index) => option(result, index === 0));
    return element("div", { role: "group", "aria-label": group[0]?.title || "New chat" }, ...options);
  });
}

/** @param {import("protocol").Entry[]} entries @returns {HTMLElement[]} */
export function recentOptions(entries) {
  if (!entries.length) return [];
  const options = entries.slice(0, RECENT).map(({ conversation, title, updated }) => {
    const shown = element("span", { class: "title", dir: "auto" }, title || "New chat");
    return link(conversation, null, shown, when(updated));
  });
  const heading = element("p", { class: "heading", "aria-hidden": "true" }, "Recent");
  return [element("div", { role: "group", "aria-label": "Recent" }, heading, ...options)];
}

/** @param {Found} result @param {boolean} titled */
function option(result, titled) {
  const title = element("span", { class: "title", dir: "auto" }, ...marked(result.title || "New chat", result.title_hits));
  const excerpt = element("span", { class: "excerpt", dir: "auto" }, ...marked(result.excerpt, result.excerpt_hits));
  const parts = [...(titled ? [title] : []), ...(result.excerpt ? [excerpt] : [])];
  return link(result.conversation, result.message, ...parts, when(result.created));
}

/** @param {string} conversation @param {string | null} message @param {...HTMLElement} children */
function link(conversation, message, ...children) {
  const href = `${root}c/${conversation}/${message ? `?message=${message}` : ""}`;
  const attributes = { href, role: "option", tabindex: "-1", "data-conversation": conversation, "data-message": message ?? undefined };
  return element("a", attributes, ...children);
}

/** @param {string} text @param {[number, number][]} hits code points @returns {(string | HTMLElement)[]} */
function marked(text, hits) {
  const characters = [...text];
  const parts = [];
  let shown = 0;
  for (const [begin, end] of hits) {
    parts.push(characters.slice(shown, begin).join(""), element("mark", {}, characters.slice(begin, end).join("")));
    shown = end;
  }
  return [...parts, characters.slice(shown).join("")];
}

/** @param {string} time */
function when(time) {
  const date = new Date(time);
  const format = date.getFullYear() === new Date().getFullYear() ? thisYear : earlier;
  return element("time", { datetime: time }, format.format(date));
}
