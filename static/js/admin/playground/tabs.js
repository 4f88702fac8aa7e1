import { element } from "dom";

/** On a narrow page, where one column is in view: which one, and the others by a touch. */
export class Tabs {
  element = element("nav", { class: "column-tabs", "aria-label": "Columns" });
  #seen;
  /** @type {HTMLElement[]} */
  #columns = [];

  /** @param {HTMLElement} scroller */
  constructor(scroller) {
    this.#seen = new IntersectionObserver((entries) => this.#mark(entries), { root: scroller, threshold: 0.6 });
  }

  /** @param {{name: string, element: HTMLElement}[]} columns */
  draw(columns) {
    this.#seen.disconnect();
    this.#columns = columns.map(({ element: one }) => one);
    this.element.replaceChildren(
      ...columns.map(({ name, element: column }) => {
        const tab = element("button", { type: "button", "aria-label": `Column ${name}` }, name);
        tab.addEventListener("click", () => {
          column.scrollIntoView({ inline: "start", block: "nearest" });
          column.focus({ preventScroll: true });
        });
        return tab;
      }),
    );
    for (const one of this.#columns) this.#seen.observe(one);
  }

  /** The states of the columns are seen on their tabs. */
  refresh() {
    this.#columns.forEach((column, index) => {
      const tab = this.element.children[index];
      if (tab instanceof HTMLElement) tab.dataset.status = column.dataset.status ?? "";
    });
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #mark(entries) {
    for (const { target, isIntersecting } of entries) {
      const tab = this.element.children[this.#columns.indexOf(/** @type {HTMLElement} */ (target))];
      if (isIntersecting) tab?.setAttribute("aria-current", "true");
      else tab?.removeAttribute("aria-current");
    }
  }
}
