import { announce, element } from "dom";
import { MOST_COLUMNS, newColumn } from "admin/playground/state";
import { Tabs } from "admin/playground/tabs";

/**
 * The columns beside each other: added, removed, named and drawn.
 *
 * @typedef {import("admin/playground/state").Column} Column
 * @typedef {import("admin/playground/column").ColumnView} ColumnView
 */

const NAMES = "ABCDEF";

export class Board {
  element = element("div", { class: "columns" });
  tabs = new Tabs(this.element);
  /** @type {Map<string, ColumnView>} */
  #views = new Map();
  /** @type {Set<ColumnView>} those that are to be drawn */
  #stale = new Set();

  /** @param {Column[]} columns @param {{view: (column: Column) => ColumnView, changed: () => void}} handlers */
  constructor(columns, { view, changed }) {
    this.columns = columns;
    this.view = view;
    this.changed = changed;
  }

  /** @param {Column} column @returns {string} empty where it is gone */
  nameOf(column) {
    const index = this.columns.indexOf(column);
    return index < 0 ? "" : `Column ${NAMES[index]}`;
  }

  /** @param {(view: ColumnView) => void} action */
  each(action) {
    this.#views.forEach((view) => action(view));
  }

  /** Another column, as this one is. @param {Column | undefined} column */
  duplicate(column) {
    if (!column || this.columns.length >= MOST_COLUMNS) return;
    const copy = newColumn(column, { ...column.source });
    this.columns.splice(this.columns.indexOf(column) + 1, 0, copy);
    this.place();
    const made = this.#views.get(copy.id)?.element;
    made?.scrollIntoView({ inline: "nearest", block: "nearest" });
    made?.focus({ preventScroll: true });
    announce(`${this.nameOf(copy)} was added.`);
  }

  /** The last one stays. @param {Column} column */
  remove(column) {
    if (this.columns.length < 2) return;
    const index = this.columns.indexOf(column);
    this.columns.splice(index, 1);
    this.place();
    const next = this.columns[Math.min(index, this.columns.length - 1)];
    if (next) this.#views.get(next.id)?.element.focus({ preventScroll: true });
  }

  /** Bring the page up to the columns that there are. */
  place() {
    const { columns } = this;
    for (const [id, view] of this.#views) {
      if (columns.some((column) => column.id === id)) continue;
      view.element.remove();
      this.#views.delete(id);
    }
    const views = columns.map((column) => this.#views.get(column.id) ?? this.#made(column));
    views.forEach((view, index) => {
      view.place(NAMES[index] ?? "", columns.length < MOST_COLUMNS, columns.length > 1);
      const there = this.element.children[index] ?? null;
      if (there !== view.element) this.element.insertBefore(view.element, there);
      this.draw(view);
    });
    this.tabs.draw(views.map((view, index) => ({ name: NAMES[index] ?? "", element: view.element })));
    this.changed();
  }

  /** @param {Column} column */
  #made(column) {
    const made = this.view(column);
    this.#views.set(column.id, made);
    return made;
  }

  /** Once in an animation frame. @param {ColumnView | Column} what */
  draw(what) {
    const view = "draw" in what ? what : this.#views.get(what.id);
    if (!view) return;
    if (!this.#stale.size) requestAnimationFrame(() => this.#drawStale());
    this.#stale.add(view);
  }

  #drawStale() {
    const views = [...this.#stale];
    this.#stale.clear();
    for (const view of views) if (!view.draw()) this.draw(view);
    this.tabs.refresh();
  }
}
