import { element, icon } from "dom";

/** Rows of conversations that can be ticked: a range of them with Shift. */

export class TickedRows {
  /** The row that was ticked last, where a range begins. */
  #latest = "";

  /** @param {() => Iterable<HTMLElement>} rows all of them, in their order; each names its conversation */
  constructor(rows) {
    this.rows = rows;
  }

  /** A row was clicked or pressed. @param {string} id @param {boolean} isRange @returns {string[]} those that it is about: of a range all, with this one */
  reached(id, isRange) {
    const from = isRange ? this.#latest : "";
    this.#latest = id;
    const ids = [...this.rows()].map(idOf);
    const [first = 0, last = 0] = [ids.indexOf(from), ids.indexOf(id)].sort((a, b) => a - b);
    return first < 0 ? [id] : ids.slice(first, last + 1);
  }
}

/** @param {HTMLElement} row */
export const idOf = (row) => row.dataset.conversation ?? "";

/** How it is seen whether a row is ticked. @param {...HTMLElement} inside the checkbox itself, where the row is none */
export const tick = (...inside) => element("span", { class: "tick" }, ...inside, icon("check"));
