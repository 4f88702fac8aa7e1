import { element, find, iconButton } from "dom";

/**
 * The conversation that all columns share: messages that can be changed, added and removed.
 *
 * @typedef {import("admin/playground/state").Turn} Turn
 */

const NAMES = { user: "User", assistant: "Assistant" };

export class Turns {
  element = element("ol", { class: "turns" });

  /** @param {Turn[]} turns @param {() => void} changed */
  constructor(turns, changed) {
    this.turns = turns;
    this.changed = changed;
    this.draw();
  }

  draw() {
    this.element.replaceChildren(...this.turns.map((turn, index) => this.#row(turn, index)));
  }

  /** @param {Turn} turn @param {number} index */
  #row(turn, index) {
    const label = `${NAMES[turn.role]}, message ${index + 1}`;
    const role = element("button", { type: "button", class: "role", title: "Change who says this" }, NAMES[turn.role]);
    role.setAttribute("aria-label", `${label}: change who says this`);
    const text = element("textarea", {
      rows: "1",
      dir: "auto",
      "aria-label": label,
      placeholder: turn.role === "user" ? "Ask something…" : "",
    });
    text.value = turn.text;
    text.addEventListener("input", () => {
      turn.text = text.value;
      this.changed();
    });
    role.addEventListener("click", () => {
      turn.role = turn.role === "user" ? "assistant" : "user";
      this.#redraw(index, ".role");
    });
    const remove = iconButton("x", `Remove message ${index + 1}`);
    remove.addEventListener("click", () => {
      this.turns.splice(index, 1);
      if (!this.turns.length) this.turns.push({ role: "user", text: "" });
      this.#redraw(Math.min(index, this.turns.length - 1), "textarea");
    });
    return element("li", { "data-role": turn.role }, element("div", { class: "turn-head" }, role, remove), text);
  }

  /** @param {number} index where the focus goes @param {string} selector */
  #redraw(index, selector) {
    this.draw();
    this.changed();
    this.focus(index, selector);
  }

  /** @param {number} [index] @param {string} [selector] */
  focus(index = this.turns.length - 1, selector = "textarea") {
    const row = this.element.children[index];
    if (row) find(selector, row).focus();
  }

  /** The other one's turn. */
  add() {
    this.turns.push({ role: this.turns.at(-1)?.role === "user" ? "assistant" : "user", text: "" });
    this.#redraw(this.turns.length - 1, "textarea");
  }

  /** An answer is taken into the conversation, and the user goes on. @param {string} text */
  goOn(text) {
    this.turns.push({ role: "assistant", text }, { role: "user", text: "" });
    this.#redraw(this.turns.length - 1, "textarea");
  }

  /** @param {Turn[]} turns */
  replace(turns) {
    this.turns.splice(0, this.turns.length, ...turns);
    this.#redraw(this.turns.length - 1, "textarea");
  }

  /** What is asked: without empty messages at the end. Empty where the last word isn't the user's. @returns {Turn[]} */
  get asked() {
    const last = this.turns.at(-1);
    return last?.role === "user" && last.text.trim() ? this.turns.filter(({ text }) => text.trim()) : [];
  }
}
