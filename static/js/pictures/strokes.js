/**
 * What is painted over a picture, in its own pixels.
 *
 * @typedef {{width: number, points: [number, number][]}} Stroke
 */
export class Strokes {
  /** @type {Stroke[]} */
  #strokes = [];
  #context;

  /** @param {HTMLCanvasElement} canvas as large as the picture @param {() => void} onchange */
  constructor(canvas, onchange) {
    this.canvas = canvas;
    this.onchange = onchange;
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  }

  get isEmpty() {
    return !this.#strokes.length;
  }

  /** @param {number} width @param {[number, number]} point */
  begin(width, point) {
    this.#strokes.push({ width, points: [point] });
    this.#draw(this.#strokes.slice(-1));
    this.onchange();
  }

  /** @param {[number, number]} point */
  goOn(point) {
    const last = this.#strokes.at(-1);
    if (!last) return;
    last.points.push(point);
    this.#draw([{ width: last.width, points: last.points.slice(-2) }]);
  }

  undo() {
    this.#strokes.pop();
    this.#again();
  }

  clear() {
    this.#strokes = [];
    this.#again();
  }

  /** The mask: opaque, and transparent where something was painted. @returns {Promise<Blob>} */
  mask() {
    const { width, height } = this.canvas;
    const made = Object.assign(document.createElement("canvas"), { width, height });
    const context = /** @type {CanvasRenderingContext2D} */ (made.getContext("2d"));
    context.fillRect(0, 0, width, height);
    context.globalCompositeOperation = "destination-out";
    context.drawImage(this.canvas, 0, 0);
    return new Promise((resolve, reject) =>
      made.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The painted area can’t be saved."))), "image/png"),
    );
  }

  #again() {
    this.#context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.#draw(this.#strokes);
    this.onchange();
  }

  /** @param {Stroke[]} strokes */
  #draw(strokes) {
    const context = this.#context;
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = context.fillStyle = getComputedStyle(this.canvas).color;
    for (const { width, points } of strokes) {
      const [[x, y] = [0, 0], ...rest] = points;
      context.lineWidth = width;
      context.beginPath();
      if (rest.length) {
        context.moveTo(x, y);
        for (const point of rest) context.lineTo(...point);
        context.stroke();
      } else {
        context.arc(x, y, width / 2, 0, 2 * Math.PI); // a line without length isn't drawn
        context.fill();
      }
    }
  }
}
