import { element } from "dom";

const ROWS_TOGETHER = 50;
const ROW_REM = 2.28;

/** The rows under their headings. Many are cut into several sections, for the browser leaves out those that are out of sight. */
export class Sections {
  /** @type {Map<string, {element: HTMLElement, list: HTMLElement}>} by heading and number */
  #sections = new Map();
  #within;

  /** @param {HTMLElement} within */
  constructor(within) {
    this.#within = within;
  }

  /** Have these rows, by heading, and no others; those that stand right are left alone. @param {Map<string, HTMLElement[]>} groups */
  arrange(groups) {
    const sections = [...groups].flatMap(([heading, rows]) => this.#sectionsOf(heading, rows));
    place(
      this.#within,
      sections.map(({ element }) => element),
    );
    for (const { list, rows } of sections) place(list, rows);
    for (const [key, section] of this.#sections) if (!section.element.isConnected) this.#sections.delete(key);
  }

  /** @param {string} heading @param {HTMLElement[]} rows */
  #sectionsOf(heading, rows) {
    const found = [];
    for (let at = 0; at < rows.length; at += ROWS_TOGETHER) {
      const key = `${heading} ${at}`;
      const list = this.#sections.get(key)?.list ?? element("ul");
      const made = this.#sections.get(key)?.element ?? element("section", {}, ...(at ? [] : [element("h2", {}, heading)]), list);
      const some = rows.slice(at, at + ROWS_TOGETHER);
      made.style.containIntrinsicBlockSize = `auto ${some.length * ROW_REM}rem`; // until it was in sight once
      this.#sections.set(key, { element: made, list });
      found.push({ element: made, list, rows: some });
    }
    return found;
  }
}

/** Make `wanted` the children of `parent`; those that stand right are left alone. @param {HTMLElement} parent @param {HTMLElement[]} wanted */
function place(parent, wanted) {
  const kept = new Set(wanted);
  for (const child of [...parent.children]) if (!kept.has(/** @type {HTMLElement} */ (child))) child.remove();
  let next = parent.firstElementChild;
  for (const child of wanted) {
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
  }
}
