import { element, iconButton, root } from "dom";
import { dayHeading } from "sidebar/days";

/**
 * A conversation's row, and what it shows of it.
 *
 * @typedef {import("protocol").Entry} Entry
 * @typedef {{element: HTMLElement, link: HTMLAnchorElement, title: HTMLElement, more: HTMLElement, entry: Entry | null, heading: string}} Row
 */

const UNTITLED = "New chat";

export class Rows {
  /** @type {Map<string, Row>} by conversation */
  #rows = new Map();

  /** @param {string | null | undefined} conversation */
  get(conversation) {
    return this.#rows.get(conversation ?? "");
  }

  /** The row that an element is in. @param {Element} target */
  of(target) {
    return this.get(/** @type {HTMLElement | null} */ (target.closest("[data-conversation]"))?.dataset.conversation);
  }

  /** Its row, as it is to be now. @param {Entry} entry @param {boolean} newDay whether headings may be others @returns {Row} */
  show(entry, newDay) {
    const row = this.get(entry.conversation) ?? this.#make(entry.conversation);
    if (newDay || row.entry !== entry) row.heading = entry.pinned ? "Pinned" : dayHeading(entry.updated);
    if (row.entry === entry) return row;
    const title = entry.title || UNTITLED;
    if (row.title.textContent !== title) {
      row.title.textContent = row.link.title = title;
      row.more.setAttribute("aria-label", `More for ${title}`);
    }
    row.element.toggleAttribute("data-live", entry.running);
    row.entry = entry;
    return row;
  }

  /** Let go of all but these. @param {Entry[]} entries */
  keep(entries) {
    const known = new Set(entries.map((entry) => entry.conversation));
    for (const id of this.#rows.keys()) if (!known.has(id)) this.#rows.delete(id);
  }

  /** @param {string} id @returns {Row} */
  #make(id) {
    const title = element("span", { class: "title", dir: "auto" });
    const link = element("a", { href: `${root}c/${id}/`, tabindex: "-1" }, title);
    const more = iconButton("ellipsis", "More", { "aria-haspopup": "menu", tabindex: "-1" });
    const made = {
      element: element("li", { class: "row", "data-conversation": id }, link, more),
      link,
      title,
      more,
      entry: null,
      heading: "",
    };
    this.#rows.set(id, made);
    return made;
  }
}
