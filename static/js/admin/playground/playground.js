import { announce, element } from "dom";
import { ColumnView } from "admin/playground/column";
import { followEditor } from "admin/playground/editor";
import { Keeping } from "admin/playground/keep";
import { Cases } from "admin/playground/cases";
import { Models } from "admin/playground/models";
import { Sources } from "admin/playground/sources";
import { Start } from "admin/playground/start";
import { Kept, MOST_COLUMNS, newColumn } from "admin/playground/state";
import { Tabs } from "admin/playground/tabs";
import { Trials } from "admin/playground/trials";
import { Turns } from "admin/playground/turns";
import { Variables } from "admin/playground/variables";

/**
 * The playground: one conversation, and up to six columns that answer it.
 *
 * @typedef {import("admin/playground/state").Column} Column
 * @typedef {import("admin/playground/state").Page} Page
 */

const NAMES = "ABCDEF";

export class Playground {
  columns = element("div", { class: "columns" });
  tabs = new Tabs(this.columns);
  models = new Models();
  /** @type {Map<string, ColumnView>} */
  #views = new Map();
  #given;
  #mayKeepCases;
  /** @type {Set<ColumnView>} those that are to be drawn */
  #stale = new Set();

  /** @param {Page} page @param {string} socket its address @param {{say: (words: string) => void, running: (areRunning: boolean) => void}} outside */
  constructor(page, socket, outside) {
    this.outside = outside;
    this.kept = new Kept(page);
    const { state } = this.kept;
    this.sources = new Sources(page, outside.say);
    this.keeping = new Keeping(page, this.sources);
    this.turns = new Turns(state.turns, () => this.kept.soon());
    this.variables = new Variables(state, () => this.kept.soon());
    this.cases = new Cases(page);
    this.start = new Start(page, this.cases, (beginning) => this.#begin(beginning));
    this.trials = new Trials(socket, { changed: (column) => this.#changed(column), nameOf: (column) => this.#nameOf(column) });
    this.#given = { sources: this.sources, models: this.models, parameters: page.parameters, changed: () => this.#wordingChanged() };
    this.#mayKeepCases = Boolean(page.prompt);
    this.#place();
    void this.models.load(page.base, () => this.#redrawWordings());
    if (page.prompt) {
      followEditor(page.prompt.id, (wording) => {
        this.sources.typed(wording, state.columns);
        this.#redrawWordings();
      });
    }
    setInterval(() => this.trials.areRunning && this.#views.forEach((view) => view.tick()), 1000);
  }

  get state() {
    return this.kept.state;
  }

  /** @param {Column} column */
  #nameOf(column) {
    const index = this.state.columns.indexOf(column);
    return index < 0 ? "" : `Column ${NAMES[index]}`;
  }

  /** Another conversation, with what was filled in for it. @param {import("admin/playground/start").Beginning} beginning */
  #begin({ turns, values = {}, origin = "" }) {
    this.state.origin = origin;
    Object.assign(this.state.values, values);
    this.variables.draw(true);
    this.turns.replace(turns);
  }

  #wordingChanged() {
    this.variables.draw();
    this.kept.soon();
  }

  runAll() {
    this.state.columns.forEach((column) => this.#run(column));
  }

  /** @param {Column} column */
  #run(column) {
    const turns = this.turns.asked;
    if (!turns.length) {
      this.outside.say("Write a message of the user first: it is what the columns answer.");
      return this.turns.focus();
    }
    this.outside.say("");
    const begin = () => this.variables.check() && this.trials.begin(column, turns, this.variables.values);
    const reading = this.sources.settled(column);
    if (reading) void reading.then(begin);
    else begin();
  }

  setPlain(/** @type {boolean} */ plain) {
    this.state.plain = plain;
    this.kept.soon();
    this.#views.forEach((view) => this.#draw(view));
  }

  /** Another column, as the last one is. */
  add() {
    const last = this.state.columns.at(-1);
    if (last) this.#duplicate(last);
  }

  /** @param {Column} column */
  #duplicate(column) {
    if (this.state.columns.length >= MOST_COLUMNS) return;
    const copy = newColumn(column, { ...column.source });
    this.state.columns.splice(this.state.columns.indexOf(column) + 1, 0, copy);
    this.#place();
    const made = this.#views.get(copy.id)?.element;
    made?.scrollIntoView({ inline: "nearest", block: "nearest" });
    made?.focus({ preventScroll: true });
    announce(`${this.#nameOf(copy)} was added.`);
  }

  /** @param {Column} column */
  #remove(column) {
    if (this.state.columns.length < 2) return;
    const index = this.state.columns.indexOf(column);
    this.trials.stop(column);
    this.state.columns.splice(index, 1);
    this.#place();
    const next = this.state.columns[Math.min(index, this.state.columns.length - 1)];
    if (next) this.#views.get(next.id)?.element.focus({ preventScroll: true });
  }

  #place() {
    const { columns } = this.state;
    for (const [id, view] of this.#views) {
      if (columns.some((column) => column.id === id)) continue;
      view.element.remove();
      this.#views.delete(id);
    }
    const views = columns.map((column) => this.#views.get(column.id) ?? this.#view(column));
    views.forEach((view, index) => {
      view.place(`${NAMES[index]}`, columns.length < MOST_COLUMNS, columns.length > 1);
      if (this.columns.children[index] !== view.element) this.columns.insertBefore(view.element, this.columns.children[index] ?? null);
      this.#draw(view);
    });
    this.variables.draw();
    this.tabs.draw(views.map((view, index) => ({ name: NAMES[index] ?? "", element: view.element })));
    this.kept.soon();
  }

  /** @param {Column} column */
  #view(column) {
    const view = new ColumnView(
      column,
      {
        run: (one) => this.#run(one),
        stop: (one) => this.trials.stop(one),
        duplicate: (one) => this.#duplicate(one),
        remove: (one) => this.#remove(one),
        use: (text) => this.turns.goOn(text),
        keep: (one, tell) => void this.keeping.keep(one, tell).then(() => this.#redrawWordings()),
        keepCase: this.#mayKeepCases ? (one, tell) => void this.cases.keep(one, this.state.origin, tell) : null,
        mayKeep: this.keeping.isPossible,
        plain: () => this.state.plain,
      },
      this.#given,
    );
    this.#views.set(column.id, view);
    return view;
  }

  #redrawWordings() {
    this.variables.draw();
    this.#views.forEach((view) => view.wording.draw());
  }

  /** @param {Column} column */
  #changed(column) {
    const view = this.#views.get(column.id);
    if (view) this.#draw(view);
    if (column.result?.end) this.kept.soon();
    this.outside.running(this.trials.areRunning);
  }

  /** Once in an animation frame. @param {ColumnView} view */
  #draw(view) {
    if (!this.#stale.size) requestAnimationFrame(() => this.#drawStale());
    this.#stale.add(view);
  }

  #drawStale() {
    const views = [...this.#stale];
    this.#stale.clear();
    for (const view of views) if (!view.draw()) this.#draw(view);
    this.tabs.refresh();
  }
}
