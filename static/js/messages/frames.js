const REST_RATIO = 3; // after a frame that took t, nothing is drawn for 3 t

/** When the page is drawn next: with a frame, once at most, and after a rest that leaves the browser time for others. */
export class Frames {
  #timer = 0;
  #frame = 0;
  #notBefore = 0;

  /** @param {() => void} draw */
  constructor(draw) {
    this.draw = draw;
  }

  /** @param {boolean} [afterNext] not with the next frame but the one behind it, so that what is drawn by now is seen first */
  plan(afterNext = false) {
    if (this.#timer || this.#frame) return;
    const rest = this.#notBefore - performance.now();
    if (afterNext) {
      this.#frame = requestAnimationFrame(() => (this.#frame = requestAnimationFrame(this.draw)));
      return;
    }
    if (rest > 16) this.#timer = setTimeout(() => (this.#frame = requestAnimationFrame(this.draw)), rest);
    else this.#frame = requestAnimationFrame(this.draw);
  }

  /** It is drawn now, so that nothing is planned any more. */
  begin() {
    clearTimeout(this.#timer);
    cancelAnimationFrame(this.#frame);
    this.#timer = this.#frame = 0;
  }

  /** It was drawn. @param {number} began @param {boolean} rests whether nothing is left that should come with the next frame */
  end(began, rests) {
    this.#notBefore = rests ? performance.now() + (performance.now() - began) * REST_RATIO : 0;
  }
}
