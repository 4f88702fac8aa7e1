import { find } from "dom";

/**
 * The pill in the composer that says which prompt answers. In a new chat it opens the choice.
 *
 * @typedef {import("page").Prompt} Prompt
 */
export class PromptPill {
  /** @type {HTMLButtonElement} */
  #button = find(".pill");
  #label = find(".label", this.#button);
  /** @type {Prompt | undefined} */
  chosen;

  /** @param {Prompt[]} prompts @param {(prompt: Prompt) => void} onpick */
  constructor(prompts, onpick) {
    this.prompts = prompts;
    this.chosen = prompts.find((prompt) => prompt.is_default) ?? prompts[0];
    this.#button.addEventListener("click", async () => {
      const { openMenu } = await import("menu");
      const items = prompts.map((prompt) => ({
        label: prompt.name, detail: prompt.description, checked: prompt.id === this.chosen?.id, action: () => onpick(prompt),
      }));
      openMenu(this.#button, "Who answers", items, { wide: true });
    });
  }

  /** In a new chat. @param {Prompt | undefined} prompt */
  choose(prompt) {
    this.chosen = prompt;
    this.#show(prompt?.name, true);
  }

  /** In a conversation that has begun. @param {string | null} id @param {string | undefined} name what its answers say */
  fix(id, name) {
    this.#show(name ?? this.prompts.find((prompt) => prompt.id === id)?.name, false);
  }

  /** @param {string | undefined} name @param {boolean} open */
  #show(name, open) {
    this.#button.hidden = !name;
    this.#button.disabled = !open;
    if (name && this.#label.textContent !== name) this.#label.textContent = name;
  }
}
