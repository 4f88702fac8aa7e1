/** The part of a growing text that is still to be read, with plain line ends. It never looks at what was read before. */
export class Source {
  rest = "";
  /** What is known, as it was given. */
  #text = "";
  /** @type {string[] | undefined} */
  #pieces;
  #taken = 0;
  #carriageReturn = false; // at the very end: perhaps half of a line's end

  /**
   * @param {string} text all of it
   * @param {boolean} finished
   * @param {string[]} [pieces] the same array for as long as it only grew by them
   * @returns {"same" | "more" | "other"} how it has changed; "other": begin again
   */
  take(text, finished, pieces) {
    const taken = pieces && pieces === this.#pieces ? this.#addPieces(pieces) : this.#addWhole(text);
    this.#taken = pieces?.length ?? 0;
    this.#pieces = pieces;
    this.#text = text;
    if (finished && this.#carriageReturn) this.#add("\n");
    return taken;
  }

  /** @param {number} length what was read @param {string} [prefix] what the rest begins with in its place */
  skip(length, prefix = "") {
    this.rest = prefix + this.rest.slice(length);
  }

  /** @param {string[]} pieces */
  #addPieces(pieces) {
    const before = this.#taken;
    for (let index = before; index < pieces.length; index += 1) this.#add(pieces[index] ?? "");
    return pieces.length > before ? "more" : "same";
  }

  /** @param {string} text */
  #addWhole(text) {
    if (text === this.#text) return "same";
    const grown = text.startsWith(this.#text);
    if (!grown) {
      this.rest = "";
      this.#carriageReturn = false;
    }
    this.#add(grown ? text.slice(this.#text.length) : text);
    return grown ? "more" : "other";
  }

  /** @param {string} piece */
  #add(piece) {
    const whole = this.#carriageReturn && piece !== "\n" ? `\r${piece}` : piece;
    this.#carriageReturn = whole.endsWith("\r");
    const text = this.#carriageReturn ? whole.slice(0, -1) : whole;
    this.rest += text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
  }
}
