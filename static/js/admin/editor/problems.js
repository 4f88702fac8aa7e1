import { element } from "dom";

/** What keeps a text from being published, each with a button that leads there. @typedef {{line: number, column: number, sentence: string}} Problem */

/** Where a problem stands in the text. Columns count code points, as the server does; a field counts UTF-16 units. @param {string} text @param {Problem} problem */
export function placeOf(text, { line, column }) {
  const lines = text.split("\n");
  const above = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  const before = Array.from(lines[line - 1] ?? "").slice(0, column - 1);
  return above + before.join("").length;
}

export class Problems {
  #list = element("ul", { class: "prompt-problems" });
  element = element("div", { role: "status" }, this.#list);
  #goTo;

  /** @param {(problem: Problem) => void} goTo */
  constructor(goTo) {
    this.#goTo = goTo;
  }

  /** @param {Problem[]} found */
  show(found) {
    this.#list.replaceChildren(...found.map((problem) => this.#item(problem)));
  }

  /** @param {Problem} problem */
  #item(problem) {
    const button = element("button", { type: "button" }, `Line ${problem.line}, column ${problem.column}`);
    button.addEventListener("click", () => this.#goTo(problem));
    return element("li", {}, button, ` ${problem.sentence}`);
  }
}
