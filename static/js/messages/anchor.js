/** What stands at the upper edge of what is read, a message or a block of it: it is to stay there, whatever comes in above. */

export class Anchor {
  /** @type {Element | undefined} */
  #element;
  #at = 0;

  /** @param {HTMLElement} scroller @param {HTMLElement} content */
  constructor(scroller, content) {
    this.scroller = scroller;
    this.content = content;
  }

  get isHeld() {
    return this.#element !== undefined;
  }

  get isGone() {
    return !this.#element?.isConnected;
  }

  take() {
    this.#element = this.#atEdge();
    this.#at = this.#element?.getBoundingClientRect().top ?? 0;
  }

  release() {
    this.#element = undefined;
  }

  /** The reader has scrolled so far, and it with the rest. @param {number} by */
  shift(by) {
    this.#at -= by;
  }

  /** How far it is from where it was. */
  get distance() {
    return this.#element ? this.#element.getBoundingClientRect().top - this.#at : 0;
  }

  #atEdge() {
    const edge = this.scroller.getBoundingClientRect().top;
    const message = firstBelow(this.content.children, edge);
    const text = message && [...message.querySelectorAll(".text")].find((one) => one.getBoundingClientRect().bottom > edge);
    return (text && firstBelow(text.children, edge)) ?? message;
  }
}

/** Of elements one below the other, the first that ends below `edge`. @param {HTMLCollection} elements @param {number} edge */
function firstBelow(elements, edge) {
  let low = 0;
  let high = elements.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((elements[middle]?.getBoundingClientRect().bottom ?? 0) > edge) high = middle;
    else low = middle + 1;
  }
  return elements[low];
}
