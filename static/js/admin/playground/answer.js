import { act } from "admin/code-buttons";
import { element } from "dom";
import { MarkdownView } from "markdown/view";
import { Thoughts } from "messages/thoughts";

/** What a column's trial has said so far, as Markdown or as it was written. */

class AsWritten {
  element = element("div", { class: "as-written", dir: "auto" });

  /** @param {string} text */
  update(text) {
    this.element.textContent = text;
    return true;
  }
}

export class AnswerView {
  element = element("div", { class: "message", "data-role": "assistant" });
  /** @type {(MarkdownView | Thoughts | AsWritten)[]} */
  #parts = [];
  /** @type {string[]} */
  #kinds = [];
  /** @type {import("admin/playground/state").Result | null} */
  #result = null;

  /** @param {string} scope */
  constructor(scope) {
    this.scope = scope;
    this.element.addEventListener("click", (event) => void act(event));
  }

  /** @param {import("admin/playground/state").Result | null} result @param {boolean} plain @returns {boolean} whether all of it is shown */
  update(result, plain) {
    if (result !== this.#result) this.#clear(0);
    this.#result = result;
    const parts = result?.parts ?? [];
    const running = Boolean(result && !result.end);
    const kinds = parts.map(({ type }) => `${type}, ${plain}`);
    const differs = this.#kinds.findIndex((kind, index) => kind !== kinds[index]);
    if (differs >= 0) this.#clear(differs);
    this.#kinds = kinds;
    let complete = true;
    parts.forEach((part, index) => {
      const shown = (this.#parts[index] ??= this.#add(part, `${this.scope}-${index}`, plain));
      const done = !running || index < parts.length - 1;
      complete = shown.update(part.text ?? "", done, part.pieces, part.seconds) && complete;
    });
    return complete;
  }

  /** @param {number} from */
  #clear(from) {
    for (const view of this.#parts.splice(from)) view.element.remove();
  }

  /** @param {import("page").Part} part @param {string} scope @param {boolean} plain */
  #add(part, scope, plain) {
    const view = part.type === "reasoning" ? new Thoughts(scope) : plain ? new AsWritten() : new MarkdownView(scope);
    if (part.type === "refusal") view.element.classList.add("refusal");
    this.element.append(view.element);
    return view;
  }
}
