import { act } from "admin/code-buttons";
import { element } from "dom";
import { MarkdownView } from "markdown/view";

/** A text as Markdown, as far as it is one: what chats show of an answer that is written so. */

export class Rendered {
  element = element("div", {
    class: "editor-rendered message",
    "data-role": "assistant",
    role: "region",
    "aria-label": "Markdown",
    tabindex: "0",
  });
  #step = 0;

  constructor() {
    this.element.addEventListener("click", (event) => void act(event));
  }

  /** @param {string} text */
  show(text) {
    cancelAnimationFrame(this.#step);
    const view = new MarkdownView("editor");
    this.element.replaceChildren(view.element);
    const step = () => {
      if (!view.update(text, true)) this.#step = requestAnimationFrame(step);
    };
    step();
  }
}
