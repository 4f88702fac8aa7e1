import { element, find } from "dom";
import { loadedOrSaid } from "requests/http";

/**
 * Which assistant answers: a new chat's greeting offers them with ways to begin, and the pill in the composer names the chosen one.
 *
 * @typedef {import("page").Prompt} Prompt
 */
export class Assistants {
  #greeting = find(".hello");
  #starters = find(".starters", this.#greeting);
  /** @type {HTMLButtonElement} */
  #pill = find(".pill");
  #label = find(".label", this.#pill);
  /** @type {Prompt | undefined} */
  chosen;

  /** @param {Prompt[]} prompts @param {{onpick: () => void, onstart: (text: string) => void, onproblem: (detail: string, code?: string) => void}} handlers */
  constructor(prompts, { onpick, onstart, onproblem }) {
    this.prompts = prompts;
    this.chosen = prompts.find((prompt) => prompt.is_default) ?? prompts[0];
    const pick = (/** @type {Prompt} */ prompt) => {
      this.#choose(prompt);
      onpick();
    };
    this.#greeting.addEventListener("click", (event) => {
      const button = /** @type {Element} */ (event.target).closest("button");
      const prompt = prompts.find(({ id }) => id === button?.dataset.prompt);
      if (prompt) pick(prompt);
      else if (button?.classList.contains("starter")) onstart(button.textContent ?? "");
    });
    this.#pill.addEventListener("click", async () => {
      const menu = await loadedOrSaid(import("menu"), onproblem);
      const items = prompts.map((prompt) => ({
        label: prompt.name,
        detail: prompt.description,
        checked: prompt.id === this.chosen?.id,
        action: () => pick(prompt),
      }));
      menu?.openMenu(this.#pill, "Assistant", items, { wide: true });
    });
  }

  /** In a new chat. */
  offer() {
    if (this.chosen) this.#choose(this.chosen);
  }

  /** In a conversation that has begun. @param {string | null} id @param {string | undefined} name what its answers say */
  fix(id, name) {
    const listed = this.prompts.find((prompt) => prompt.id === id);
    this.#name(listed?.label ? listed.name : (name ?? listed?.name), false);
  }

  /** @param {boolean} visible */
  showGreeting(visible) {
    if (this.#greeting.hidden === visible) this.#greeting.hidden = !visible;
  }

  /** @param {Prompt} prompt */
  #choose(prompt) {
    this.chosen = prompt;
    this.#name(prompt.name, true);
    for (const card of /** @type {NodeListOf<HTMLElement>} */ (this.#greeting.querySelectorAll("[data-prompt]"))) {
      card.setAttribute("aria-pressed", String(card.dataset.prompt === prompt.id));
    }
    this.#starters.replaceChildren(...prompt.starters.map((text) => element("button", { type: "button", class: "starter" }, text)));
  }

  /** @param {string | undefined} name @param {boolean} open */
  #name(name, open) {
    this.#pill.hidden = !name;
    this.#pill.disabled = !open;
    if (name && this.#label.textContent !== name) this.#label.textContent = name;
  }
}
