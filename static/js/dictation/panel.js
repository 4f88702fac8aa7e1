import { element, icon, iconButton } from "dom";

/**
 * @typedef {{onpause: () => void, oncancel: () => void, onattach: (() => void) | null, ondone: () => void, onretry: () => void}} PanelHandlers
 *   `onattach`: null where files can't be attached
 */

/** What is shown in the composer while something is dictated: its level, for how long, and what can be done. */
export class Panel {
  #meter = element("span", { class: "level", "aria-hidden": "true" });
  #time = element("span", { class: "time", "aria-hidden": "true" }, "0:00");
  #words = element("span", { class: "words", role: "status" });
  #pause = iconButton("pause", "Pause");
  #cancel = iconButton("x", "Discard the recording");
  #attach = iconButton("paperclip", "Attach the recording");
  #done = element("button", { type: "button", class: "done" }, icon("check"), "Insert text");
  #retry = element("button", { type: "button", class: "done" }, icon("refresh-cw"), "Try again");
  element = element(
    "div",
    { class: "dictation", role: "group", "aria-label": "Dictation" },
    this.#cancel,
    this.#meter,
    this.#time,
    this.#words,
    this.#pause,
    this.#attach,
    this.#done,
    this.#retry,
  );

  /** @param {PanelHandlers} handlers */
  constructor(handlers) {
    this.canAttach = handlers.onattach !== null;
    this.#attach.addEventListener("click", () => handlers.onattach?.());
    this.#pause.addEventListener("click", handlers.onpause);
    this.#cancel.addEventListener("click", handlers.oncancel);
    this.#done.addEventListener("click", handlers.ondone);
    this.#retry.addEventListener("click", handlers.onretry);
  }

  /** @param {"recording" | "paused" | "transcribing" | "failed"} state @param {string} words */
  show(state, words) {
    const focused = this.element.contains(document.activeElement);
    this.element.dataset.state = state;
    this.#words.textContent = words;
    const isRunning = state === "recording" || state === "paused";
    for (const one of [this.#pause, this.#done, this.#meter, this.#time]) one.hidden = !isRunning;
    this.#attach.hidden = !this.canAttach || state === "transcribing";
    this.#retry.hidden = state !== "failed";
    const label = state === "paused" ? "Resume" : "Pause";
    this.#pause.replaceChildren(icon(state === "paused" ? "play" : "pause"));
    this.#pause.setAttribute("aria-label", label);
    this.#pause.title = label;
    if (focused && !(document.activeElement instanceof HTMLElement && document.activeElement.offsetParent)) this.focus(); // its button went
  }

  focus() {
    [this.#done, this.#retry, this.#cancel].find((one) => !one.hidden)?.focus({ preventScroll: true });
  }

  /** @param {boolean} can whether the same recording may be transcribed another time */
  allowRetry(can) {
    this.#retry.hidden = !can;
  }

  /** @param {number} level 0 to 1 @param {number} seconds */
  showSound(level, seconds) {
    this.#meter.style.setProperty("--level", level.toFixed(2));
    const text = `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
    if (this.#time.textContent !== text) this.#time.textContent = text;
  }
}
