import { element } from "dom";

/**
 * The numbers of the lines that are seen, and of some around them: numbers of all lines of a long text would be made again with each
 * line that is added.
 */

export class Gutter {
  element = element("div", { class: "editor-gutter", "aria-hidden": "true", inert: true });
  #frame;
  #lines;
  #waits = false;

  /** @param {HTMLElement} frame that scrolls @param {HTMLElement} lines an element for each */
  constructor(frame, lines) {
    this.#frame = frame;
    this.#lines = lines;
    frame.addEventListener("scroll", () => this.update(), { passive: true });
    new ResizeObserver(() => this.update()).observe(frame);
    new ResizeObserver(() => this.update()).observe(lines);
  }

  update() {
    if (this.#waits) return;
    this.#waits = true;
    requestAnimationFrame(() => {
      this.#waits = false;
      this.#draw();
    });
  }

  #draw() {
    const { scrollTop, clientHeight } = this.#frame;
    const lines = /** @type {HTMLCollectionOf<HTMLElement>} */ (this.#lines.children);
    const top = scrollTop - clientHeight;
    let [low, high] = [0, lines.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((lines[middle]?.offsetTop ?? 0) < top) low = middle + 1;
      else high = middle;
    }
    const places = [];
    for (let index = low; index < lines.length; index += 1) {
      const at = lines[index]?.offsetTop ?? 0;
      if (at > scrollTop + 2 * clientHeight) break;
      places.push({ number: index + 1, at });
    }
    this.element.replaceChildren(
      ...places.map(({ number, at }) => {
        const shown = element("div", {}, String(number));
        shown.style.insetBlockStart = `${at}px`;
        return shown;
      }),
    );
  }
}
