import { element } from "dom";

const MOST = 6; // links that are seen at once
const REL = "noopener noreferrer nofollow";

/**
 * The pages that an answer cites, as links.
 *
 * @param {import("page").Message} message
 * @returns {HTMLElement | null} null where it cites none
 */
export function sourcesOf({ parts }) {
  const cited = new Map(parts.flatMap(({ sources = [] }) => sources.map((source) => [source.url, source.title])));
  const items = [...cited].flatMap(([url, title]) => link(url, title) ?? []);
  if (items.length === 0) return null;
  const made = element(
    "div",
    { class: "sources", role: "group", "aria-label": "Sources" },
    element("p", {}, "Sources"),
    list(items.slice(0, MOST), 1),
  );
  if (items.length > MOST) {
    const more = element("summary", {}, `${items.length - MOST} more`);
    made.append(element("details", {}, more, list(items.slice(MOST), MOST + 1)));
  }
  return made;
}

/** @param {HTMLElement[]} links @param {number} first its number */
const list = (links, first) => element("ol", { start: `${first}` }, ...links.map((one) => element("li", {}, one)));

/** @param {string} address @param {string} title */
function link(address, title) {
  const host = /^https?:\/\/([^/?#]+)/i.exec(address)?.[1];
  return host ? element("a", { href: address, target: "_blank", rel: REL, title: address, dir: "auto" }, title || host) : null;
}
