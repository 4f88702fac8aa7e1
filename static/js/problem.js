import { find } from "dom";

/** The line that says what did not work. */
export class Problem {
  #line = find("#problem");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #ending;

  /** @param {string} detail @param {string} [code] why @param {string} [resets] when that is over */
  say(detail, code = "", resets) {
    find("span", this.#line).textContent = detail;
    this.#line.dataset.code = code;
    this.#line.hidden = false;
    clearTimeout(this.#ending);
    const wait = resets ? Date.parse(resets) - Date.now() : Infinity;
    if (wait < 2 ** 31) this.#ending = setTimeout(() => this.over(code), wait);
  }

  /** What was said isn't so any more, if it was for one of these reasons. @param {string[]} codes */
  over(...codes) {
    if (codes.includes(this.#line.dataset.code ?? "")) this.hide();
  }

  hide() {
    this.#line.hidden = true;
  }
}
