const UNREAD_MS = 2_000; // the end of an answer can’t be read sooner: what then begins by itself, for it was queued, leaves it in view

/** The reply that is being written, by its key (""; none): whether it gets its place in the view when it begins. */
export class RunningReply {
  #placed = "";
  /** Whether the next one gets it wherever the reader is. */
  #asked = false;
  /** When the reply before ended, as far as it was drawn. */
  #ended = -Infinity;

  /** Another conversation is shown. */
  reset() {
    this.#placed = "";
    this.#ended = -Infinity;
  }

  /** The user has asked for the next one. @param {string} key of the running one @returns {boolean} whether it has its place still to get */
  ask(key) {
    if (key === this.#placed) return false;
    this.#asked = true;
    return true;
  }

  /** @param {string} key @param {number} now @param {import("messages/scroll").Scroll} scroll @returns {boolean} whether it begins, and gets its place */
  begins(key, now, scroll) {
    if (this.#placed && key !== this.#placed) this.#ended = now;
    const begins = key !== "" && key !== this.#placed && (this.#asked || (scroll.isAtEnd && now - this.#ended > UNREAD_MS));
    this.#placed = key;
    this.#asked &&= !key;
    return begins;
  }
}
