import { element, icon } from "dom";

/** A call of a program's function, or what one gave back, folded away: its name is seen, and its text by those who look. */
export class Called {
  element = element("details", { class: "called disclosure" });
  #label = element("span");
  #text = element("pre", { class: "text", dir: "auto", tabindex: "0" });
  #said = "";
  #done = false;
  #name;
  #isResult;

  /** @param {import("page").Part} part */
  constructor({ type, name }) {
    this.#isResult = type === "tool_result";
    this.#name = name || "a function";
    this.#text.setAttribute("aria-label", this.#isResult ? "Result" : "Arguments");
    const sign = icon(this.#isResult ? "undo-2" : "square-terminal");
    this.element.append(element("summary", {}, sign, this.#label, icon("chevron-down")), this.#text);
    this.element.addEventListener("toggle", () => this.#render());
  }

  /** @param {string} text @param {boolean} done */
  update(text, done) {
    this.#said = text;
    this.#done = done;
    const label = this.#isResult ? `Result of ${this.#name}` : `${done ? "Called" : "Calling"} ${this.#name}`;
    if (this.#label.textContent !== label) this.#label.textContent = label;
    this.#render();
    return true;
  }

  #render() {
    if (!this.element.open) return;
    const text = this.#done ? indented(this.#said) : this.#said;
    if (this.#text.textContent !== text) this.#text.textContent = text;
  }
}

/** JSON to be read, or what it was if it is none. @param {string} text */
function indented(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
