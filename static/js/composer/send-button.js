import { find, icon } from "dom";

/** Sends; while an answer runs and nothing is written, it stops that. A second one beside it stops an answer while something is written. */
export class SendButton {
  #form;
  /** @type {HTMLButtonElement} */
  #button;
  /** @type {HTMLButtonElement} */
  #stopButton;
  /** Whether it stops now. */
  stops = false;

  /** @param {HTMLFormElement} form @param {{onsend: () => void, onstop: () => void}} handlers */
  constructor(form, { onsend, onstop }) {
    this.#form = form;
    this.#button = find(".send", form);
    this.#stopButton = find(".stop", form);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.stops) onstop();
      else onsend();
    });
    this.#stopButton.addEventListener("click", onstop);
    this.#button.addEventListener("click", (event) => {
      if (this.stops && event.detail > 1) event.preventDefault(); // the second half of a double click on Send is no Stop
    });
  }

  /** @param {{running: boolean, stopping: boolean, empty: boolean, tooLong: boolean}} state  `running`: an answer; `empty`: nothing is written */
  show({ running, stopping, empty, tooLong }) {
    this.stops = running && empty;
    this.#label(this.stops ? "Stop" : running ? "Send after this answer" : "Send");
    const unusable = this.stops ? stopping : empty || tooLong;
    if (unusable && document.activeElement === this.#button) this.#form.focus({ preventScroll: true }); // or the focus would be lost
    this.#button.disabled = unusable;
    this.#stopButton.hidden = this.stops || !running;
    this.#stopButton.disabled = stopping;
  }

  /** @param {string} label */
  #label(label) {
    if (this.#button.title === label) return;
    this.#button.replaceChildren(icon(label === "Stop" ? "square" : "arrow-up"));
    this.#button.setAttribute("aria-label", label);
    this.#button.title = label;
  }
}
