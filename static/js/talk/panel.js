import { element, icon } from "dom";

/**
 * What is shown while the user talks with an assistant: whose turn it is in large, and what was said last.
 *
 * @typedef {"connecting" | "listening" | "hearing" | "thinking" | "speaking" | "muted" | "failed"} State
 * @typedef {{onmute: () => void, onretry: () => void, onend: () => void}} PanelHandlers
 */

/** @type {Record<State, string>} */
const WORDS = {
  connecting: "Connecting …",
  listening: "Listening",
  hearing: "Listening …",
  thinking: "Thinking …",
  speaking: "Speaking",
  muted: "Muted",
  failed: "That didn’t work",
};

export class Panel {
  #level = element("div", { class: "level", "aria-hidden": "true" });
  #state = element("p", { class: "state", role: "status" });
  #yours = element("p", { class: "yours", dir: "auto" });
  #answer = element("p", { class: "answer", dir: "auto" });
  #how = element("p", { class: "how" });
  #problem = element("p", { class: "problem", role: "alert" });
  #mute = element("button", { type: "button", class: "button", "aria-pressed": "false" }, icon("mic-off"), "Mute");
  #retry = element("button", { type: "button", class: "button", hidden: true }, icon("refresh-cw"), "Try again");
  #end = element("button", { type: "button", class: "button danger", "aria-keyshortcuts": "Escape" }, icon("x"), "End");
  #dialog = element(
    "dialog",
    { class: "talk", "aria-labelledby": "talk-title" },
    element("h2", { id: "talk-title", class: "for-readers" }, "Talk"),
    this.#level,
    this.#state,
    this.#how,
    this.#problem,
    element("div", { class: "captions" }, this.#yours, this.#answer),
    element("div", { class: "bar" }, this.#mute, this.#retry, this.#end),
  );

  /** @param {PanelHandlers} handlers */
  constructor(handlers) {
    this.#mute.addEventListener("click", handlers.onmute);
    this.#retry.addEventListener("click", handlers.onretry);
    this.#end.addEventListener("click", () => this.#dialog.close());
    this.#dialog.addEventListener("close", () => {
      this.#dialog.remove();
      handlers.onend();
    });
    document.body.append(this.#dialog);
    this.#dialog.showModal();
    this.#mute.focus();
  }

  close() {
    this.#dialog.close();
  }

  /** @param {State} state */
  show(state) {
    this.#dialog.dataset.state = state;
    if (this.#state.textContent !== WORDS[state]) this.#state.textContent = WORDS[state];
    this.#retry.hidden = state !== "failed";
  }

  /** @param {number} level 0 to 1 */
  showLevel(level) {
    this.#level.style.setProperty("--level", level.toFixed(2));
  }

  /** @param {boolean} is */
  showMuted(is) {
    this.#mute.setAttribute("aria-pressed", String(is));
    this.#mute.replaceChildren(icon(is ? "mic" : "mic-off"), is ? "Unmute" : "Mute");
  }

  /** What the user said. @param {string} text */
  showYours(text) {
    this.#yours.textContent = text;
    this.#answer.textContent = "";
  }

  /** What was understood by now of that. @param {string} text */
  showHeard(text) {
    this.#yours.textContent = text;
  }

  /** In which way it is talked, and with what. @param {string} words */
  tellHow(words) {
    this.#how.textContent = words;
  }

  /** What is being read of the answer. @param {string} text */
  showAnswer(text) {
    this.#answer.textContent = text;
  }

  /** @param {string} words "" for none */
  tell(words) {
    if (this.#problem.textContent !== words) this.#problem.textContent = words;
  }
}
