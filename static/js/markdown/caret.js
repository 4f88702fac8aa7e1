import { element } from "dom";

/** Marks the end of a running answer. An element, for a selector that looks for the end costs a restyle of the whole text. */
export class Caret {
  #element = element("span", { class: "caret", "aria-hidden": "true" });

  /** @param {Element} text @param {boolean} visible */
  show(text, visible) {
    this.#element.remove();
    if (visible) tipOf(text).append(this.#element);
  }
}

/** The element at whose end the last letter stands. @param {Element} text */
function tipOf(text) {
  let tip = text;
  while (tip.lastElementChild?.matches("p, h3, h4, ul, ol, li, blockquote")) tip = tip.lastElementChild;
  return tip.matches("ul, ol") ? text : tip;
}
