import { element, icon } from "dom";
import { MarkdownView } from "markdown/view";

/**
 * Whether a complete answer came as thoughts alone: then they are the answer.
 *
 * @param {import("page").Message} message
 */
export function areTheAnswer({ role, status, finish_reason: reason, parts }) {
  return (
    role === "assistant" && status === "complete" && reason === "stop" && parts.every((part) => part.type === "reasoning" || !part.text)
  );
}

/** What a model thought before it answered, folded away. It is rendered only for those who look. */
export class Thoughts {
  element = element("details", { class: "thoughts disclosure" });
  #label = element("span");
  #view;
  #text = "";
  #done = false;
  #opened = false;
  /** @type {string[] | undefined} */
  #pieces;
  #began = performance.now();
  /** @type {number | undefined} */
  #seconds;

  /** @param {string} scope */
  constructor(scope) {
    this.#view = new MarkdownView(scope);
    this.element.append(element("summary", {}, this.#label, icon("chevron-down")), this.#view.element);
    this.element.addEventListener("toggle", () => this.#render());
  }

  /** Unfold them. */
  open() {
    if (this.#opened) return;
    this.#opened = this.element.open = true;
  }

  /** @param {string} text @param {boolean} done @param {string[]} [pieces] @param {number} [seconds] */
  update(text, done, pieces, seconds) {
    this.#pieces = pieces;
    if (done && !this.#done && this.#text) this.#seconds = (performance.now() - this.#began) / 1000;
    this.#text = text;
    this.#done = done;
    const label = done ? thoughtFor(seconds ?? this.#seconds) : "Thinking…";
    if (this.#label.textContent !== label) this.#label.textContent = label;
    return this.#render();
  }

  #render() {
    return !this.element.open || this.#view.update(this.#text, this.#done, this.#pieces);
  }
}

/** @param {number | undefined} seconds */
function thoughtFor(seconds) {
  if (seconds === undefined) return "Thoughts";
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return whole === 1 ? "Thought for a second" : `Thought for ${whole} seconds`;
  return `Thought for ${Math.floor(whole / 60)} min ${whole % 60} s`;
}
