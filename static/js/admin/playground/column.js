import { element, iconButton } from "dom";
import { AnswerView } from "admin/playground/answer";
import { failure, figures, remarks } from "admin/playground/figures";
import { show } from "admin/playground/keep";
import { onPress } from "admin/playground/press";
import { answerOf } from "admin/playground/state";
import { WordingView } from "admin/playground/wording";

/**
 * One column: what it tries, what came of it, and what can be done with that.
 *
 * @typedef {import("admin/playground/state").Column} Column
 * @typedef {{
 *   run: (column: Column) => void, stop: (column: Column) => void, duplicate: (column: Column) => void, remove: (column: Column) => void,
 *   use: (text: string) => void, keep: (column: Column, tell: (said: import("admin/playground/keep").Said) => void) => void,
 *   keepCase: ((column: Column, tell: (said: import("admin/playground/keep").Said) => void) => void) | null,
 *   mayKeep: boolean, plain: () => boolean,
 * }} Actions
 */

/** @param {string} label @param {() => void} action @param {string} [kind] */
function button(label, action, kind = "quiet-button") {
  const made = element("button", { type: "button", class: kind }, label);
  onPress(made, action);
  return made;
}

export class ColumnView {
  #name = element("h2");
  #state = element("span", { class: "column-state" });
  #answer;
  #trouble = element("div", { class: "trouble" });
  #foot = element("div", { class: "column-foot" });
  #said = element("p", { class: "said", role: "status" });
  #run;
  #copy;
  #drop;
  /** @type {unknown} what the foot was drawn for */
  #drawn;

  /** @param {Column} column @param {Actions} actions @param {import("admin/playground/wording").Given} given */
  constructor(column, actions, given) {
    this.column = column;
    this.actions = actions;
    this.#answer = new AnswerView(column.id);
    this.wording = new WordingView(column, given);
    this.#run = button("Run", () => (this.isRunning ? actions.stop(column) : actions.run(column)), "run-one");
    this.#copy = iconButton("copy", "Duplicate this column");
    this.#drop = iconButton("x", "Remove this column");
    this.#copy.addEventListener("click", () => actions.duplicate(column));
    this.#drop.addEventListener("click", () => actions.remove(column));
    this.#name.id = `column-${column.id}`;
    const head = element("header", {}, this.#name, this.#state, this.#run, this.#copy, this.#drop);
    this.element = element("section", { class: "column", "aria-labelledby": this.#name.id, tabindex: "-1" });
    this.element.append(head, this.wording.element, this.#answer.element, this.#trouble, this.#foot, this.#said);
  }

  get isRunning() {
    return Boolean(this.column.result && !this.column.result.end);
  }

  /** @param {string} name @param {boolean} mayGrow @param {boolean} mayShrink */
  place(name, mayGrow, mayShrink) {
    this.#name.textContent = name;
    this.#copy.disabled = !mayGrow;
    this.#drop.disabled = !mayShrink;
  }

  /** @returns {boolean} whether all of it is shown */
  draw() {
    const { result } = this.column;
    this.element.dataset.status = this.isRunning ? "running" : (result?.end?.status ?? "");
    this.#answer.element.setAttribute("aria-busy", String(this.isRunning));
    this.#run.textContent = this.isRunning ? "Stop" : "Run";
    this.tick();
    const complete = this.#answer.update(result, this.actions.plain());
    if (this.#drawn !== (result?.end ?? null)) this.#drawFoot();
    return complete;
  }

  /** How long it takes, while nothing else says so. */
  tick() {
    const { result } = this.column;
    const seconds = result && this.isRunning ? Math.floor((performance.now() - result.began) / 1000) : 0;
    const waits = this.isRunning && !result?.parts.length;
    const words = !this.isRunning ? "" : (result?.retrying ?? `${waits ? "Waiting" : "Writing"}…${seconds ? ` ${seconds} s` : ""}`);
    if (this.#state.textContent !== words) this.#state.textContent = words;
  }

  /** @param {import("admin/playground/keep").Said} said */
  say(said) {
    show(this.#said, said);
  }

  #drawFoot() {
    const { result } = this.column;
    const end = result?.end ?? null;
    this.#drawn = end;
    this.#said.replaceChildren();
    this.#trouble.replaceChildren(...(end?.error ? [failure(end.error)] : []));
    this.#foot.replaceChildren();
    if (!end || !result) return;
    const more = remarks(end);
    if (more.length) this.#foot.append(element("p", { class: "remarks" }, more.join(" ")));
    if (end.seconds) this.#foot.append(figures(end));
    const text = answerOf(result);
    const deeds = element("div", { class: "deeds" });
    if (text) deeds.append(button("Use this answer", () => this.actions.use(text)));
    if (this.actions.mayKeep && this.column.source.of !== "draft")
      deeds.append(button("Keep as draft", () => this.actions.keep(this.column, (said) => this.say(said))));
    const { keepCase } = this.actions;
    if (text && keepCase) deeds.append(button("Keep as case", () => keepCase(this.column, (said) => this.say(said))));
    this.#foot.append(deeds);
  }
}
