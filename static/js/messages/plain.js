import { element } from "dom";

/** What the user wrote, as it was written. A long text is folded: all of it is there for the browser's search, for copying and for readers. */

const FOLDED_LINES = 12;
const FOLDED_CHARACTERS = 1_500;

/** @param {string} text */
const isLong = (text) => text.length > FOLDED_CHARACTERS || text.split("\n", FOLDED_LINES + 1).length > FOLDED_LINES;

export class Plain {
  #content = element("div", { class: "text", dir: "auto" });
  element = element("div", { class: "plain" }, this.#content);
  /** @type {HTMLButtonElement | null} */
  #button = null;
  #text = "";

  /** @param {string} text */
  update(text) {
    if (text === this.#text) return true;
    this.#content.textContent = this.#text = text;
    if (isLong(text) && !this.#button) this.#offerFolding();
    return true;
  }

  #offerFolding() {
    this.#button = element("button", { type: "button", class: "unfold" });
    this.element.append(this.#button);
    this.#button.addEventListener("click", () => {
      const folds = !this.#content.classList.contains("folded");
      this.#fold(folds);
      if (folds) this.element.scrollIntoView({ block: "nearest" });
    });
    // The browser's search, and a selection that is drawn on, scroll to what is hidden.
    this.#content.addEventListener("scroll", () => this.#content.scrollTop && this.#fold(false));
    this.#fold(true);
  }

  /** @param {boolean} folded */
  #fold(folded) {
    this.#content.classList.toggle("folded", folded);
    this.#content.scrollTop = 0;
    if (!this.#button) return;
    this.#button.textContent = folded ? "Show more" : "Show less";
    this.#button.setAttribute("aria-expanded", String(!folded));
  }
}
