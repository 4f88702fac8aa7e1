import { element } from "dom";

/** The button that shows a text as Markdown in place of its editor, and back. */

export class AsMarkdown {
  button = element("button", { type: "button", "aria-pressed": "false" }, "As Markdown");
  #field;
  #frame;
  #isShown = false;
  /** @type {import("admin/editor/rendered").Rendered | null} */
  #rendered = null;

  /** @param {HTMLTextAreaElement} field @param {HTMLElement} frame in which the editor is */
  constructor(field, frame) {
    this.#field = field;
    this.#frame = frame;
    this.button.addEventListener("click", () => void this.show(!this.#isShown));
  }

  /** @param {boolean} shows */
  async show(shows) {
    this.#isShown = shows;
    if (shows && !this.#rendered) {
      const { Rendered } = await import("admin/editor/rendered");
      if (!this.#isShown) return;
      this.#rendered ??= new Rendered();
      this.#frame.after(this.#rendered.element);
    }
    this.button.setAttribute("aria-pressed", String(shows));
    this.#frame.hidden = shows;
    if (!this.#rendered) return;
    this.#rendered.element.hidden = !shows;
    if (shows) this.#rendered.show(this.#field.value);
  }
}
