import { element, find } from "dom";

/**
 * The page before the first message: who answers, and ways to begin.
 *
 * @typedef {import("page").Prompt} Prompt
 */
export class Hello {
  #element = find(".hello");
  #starters = find(".starters", this.#element);

  /** @param {Prompt[]} prompts @param {{onpick: (prompt: Prompt) => void, onstart: (text: string) => void}} handlers */
  constructor(prompts, { onpick, onstart }) {
    this.#element.addEventListener("click", (event) => {
      const button = /** @type {Element} */ (event.target).closest("button");
      const prompt = prompts.find(({ id }) => id === button?.dataset.prompt);
      if (prompt) onpick(prompt);
      else if (button?.classList.contains("starter")) onstart(button.textContent ?? "");
    });
  }

  /** @param {boolean} visible */
  show(visible) {
    if (this.#element.hidden === visible) this.#element.hidden = !visible;
  }

  /** @param {Prompt} prompt */
  choose(prompt) {
    for (const card of /** @type {NodeListOf<HTMLElement>} */ (this.#element.querySelectorAll("[data-prompt]"))) {
      card.setAttribute("aria-pressed", String(card.dataset.prompt === prompt.id));
    }
    this.#starters.replaceChildren(...prompt.starters.map((text) => element("button", { type: "button", class: "starter" }, text)));
  }
}
