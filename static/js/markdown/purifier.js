import DOMPurify from "dompurify";

/**
 * The only way from HTML to elements. It returns a fragment, so that no string is ever assigned to innerHTML;
 * DOMPurify's own Trusted Types policy (“dompurify”) covers its parser.
 */

const DATA = ["data-depth", "data-language", "data-open", "data-math", "data-note", "data-note-reference", "data-picture", "data-task"];

const PROSE = {
  ALLOWED_TAGS: [
    "a",
    "b",
    "blockquote",
    "br",
    "code",
    "del",
    "div",
    "em",
    "h3",
    "h4",
    "hr",
    "i",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
  ],
  ALLOWED_ATTR: ["href", "title", "align", "start", ...DATA],
  ADD_URI_SAFE_ATTR: ["align", "start", ...DATA],
  ALLOWED_URI_REGEXP: /^(?:https?:|mailto:)/i,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: /** @type {const} */ (true),
};

const HIGHLIGHTING = { ...PROSE, ALLOWED_TAGS: ["span"], ALLOWED_ATTR: ["class"], ADD_URI_SAFE_ATTR: ["class"] };

/** @param {string} html @returns {DocumentFragment} */
export function purifiedProse(html) {
  return DOMPurify.sanitize(html, PROSE);
}

/** What the highlighter made: spans with classes and nothing else. @param {string} html @returns {DocumentFragment} */
export function purifiedHighlighting(html) {
  return DOMPurify.sanitize(html, HIGHLIGHTING);
}
