import { Board } from "admin/playground/board";
import { Cases } from "admin/playground/cases";
import { ColumnView } from "admin/playground/column";
import { followEditor } from "admin/playground/editor";
import { Keeping } from "admin/playground/keep";
import { Models } from "admin/playground/models";
import { onPress } from "admin/playground/press";
import { Sources } from "admin/playground/sources";
import { Start } from "admin/playground/start";
import { Kept } from "admin/playground/state";
import { Trials } from "admin/playground/trials";
import { Turns } from "admin/playground/turns";
import { Variables } from "admin/playground/variables";
import { element } from "dom";

/**
 * The playground: one conversation, and up to six columns that answer it.
 *
 * @typedef {import("admin/playground/state").Column} Column
 * @typedef {import("admin/playground/state").Page} Page
 */

export class Playground {
  /** @type {Set<Column>} those that begin once their wording is read */
  #waiting = new Set();
  models = new Models();

  /** @param {Page} page @param {string} socket its address @param {{say: (words: string, ...more: Node[]) => void, running: (areRunning: boolean) => void}} outside */
  constructor(page, socket, outside) {
    this.page = page;
    this.outside = outside;
    this.kept = new Kept(page);
    const { state } = this.kept;
    const changed = () => this.kept.soon();
    this.sources = new Sources(page, outside.say);
    this.keeping = new Keeping(page, this.sources);
    this.cases = new Cases(page);
    this.turns = new Turns(state.turns, changed);
    this.variables = new Variables(state, changed);
    this.start = new Start(page, this.cases, (beginning) => this.#begin(beginning));
    this.board = new Board(state.columns, { view: (column) => this.#view(column), changed: () => this.#wordingChanged() });
    this.trials = new Trials(socket, { changed: (column) => this.#heard(column), nameOf: (column) => this.board.nameOf(column) });
    this.board.place();
    void this.models.load(page.base, () => this.#redrawWordings());
    if (page.prompt) {
      followEditor(page.prompt.id, (wording) => {
        this.sources.typed(wording, state.columns);
        this.#redrawWordings();
      });
    }
    setInterval(() => this.trials.areRunning && this.board.each((view) => view.tick()), 1000);
  }

  get state() {
    return this.kept.state;
  }

  runAll() {
    this.state.columns.forEach((column) => this.#run(column));
  }

  /** Another column, as the last one is. */
  add() {
    this.board.duplicate(this.state.columns.at(-1));
  }

  /** @param {boolean} plain */
  setPlain(plain) {
    this.state.plain = plain;
    this.kept.soon();
    this.board.each((view) => this.board.draw(view));
  }

  /** Another conversation, with what was filled in for it. @param {import("admin/playground/start").Beginning} beginning */
  #begin({ turns, values = {}, origin = "" }) {
    const { state } = this;
    const before = structuredClone({ turns: state.turns, values: state.values, origin: state.origin });
    state.origin = origin;
    Object.assign(state.values, values);
    this.variables.draw(true);
    this.turns.replace(turns);
    if (!before.turns.some(({ text }) => text.trim())) return this.outside.say("");
    const back = element("button", { type: "button", class: "quiet-button" }, "Bring it back");
    onPress(back, () => this.#begin(before));
    this.outside.say("Another conversation was here.", back);
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
    if (!reading) begin();
    else if (!this.#waiting.has(column)) {
      this.#waiting.add(column);
      void reading.finally(() => this.#waiting.delete(column)).then(begin);
    }
  }

  /** @param {Column} column */
  #view(column) {
    const { cases, keeping, models, sources, state } = this;
    /** @type {import("admin/playground/column").Actions} */
    const actions = {
      run: (one) => this.#run(one),
      stop: (one) => this.trials.stop(one),
      duplicate: (one) => this.board.duplicate(one),
      remove: (one) => {
        this.trials.stop(one);
        this.board.remove(one);
      },
      use: (text) => this.turns.goOn(text),
      keep: (one, tell) => void keeping.keep(one, tell).then(() => this.#redrawWordings()),
      keepCase: this.page.prompt ? (one, tell) => void cases.keep(one, state.origin, tell) : null,
      mayKeep: keeping.isPossible,
      plain: () => state.plain,
    };
    return new ColumnView(column, actions, { sources, models, parameters: this.page.parameters, changed: () => this.#wordingChanged() });
  }

  #wordingChanged() {
    this.variables.draw();
    this.kept.soon();
  }

  #redrawWordings() {
    this.variables.draw();
    this.board.each((view) => view.wording.draw());
  }

  /** Something of a trial. @param {Column} column */
  #heard(column) {
    this.board.draw(column);
    if (column.result?.end) this.kept.soon();
    this.outside.running(this.trials.areRunning);
  }
}
