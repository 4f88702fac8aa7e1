import { element, icon } from "dom";
import { loadedOrSaid } from "requests/http";

/**
 * Which model answers, and how much it thinks, where the assistant lets its users choose: two menus beside its name. What is picked goes with
 * the next command; the server keeps it in the conversation.
 *
 * @typedef {import("page").Picked} Picked
 * @typedef {keyof Picked} What
 */

/** @type {Record<string, string>} */
const EFFORTS = { none: "None", minimal: "Minimal", low: "Low", medium: "Medium", high: "High", xhigh: "Extra high" };
const NOTHING = { model: null, effort: null };

/** @param {string} word */
const nameOf = (word) => EFFORTS[word] ?? word;

export class ModelChoice {
  #model;
  #effort;
  /** @type {string | null} */
  #conversation = null;
  /** @type {import("page").Choice | null} */
  #choice = null;
  /** @type {Picked} what the server keeps */
  #kept = NOTHING;
  /** @type {Picked} */
  #picked = NOTHING;

  /** @param {Record<string, string[]>} efforts by model @param {HTMLElement} pill of the assistant @param {{onpick: () => void, onproblem: (detail: string, code?: string) => void}} handlers */
  constructor(efforts, pill, { onpick, onproblem }) {
    this.onpick = onpick;
    this.onproblem = onproblem;
    this.efforts = efforts;
    this.#model = menuButton(() => this.#offerModels());
    this.#effort = menuButton(() => this.#offerEfforts());
    pill.after(this.#model, this.#effort);
  }

  /** Which model answers next; "" is the assistant's own. */
  get model() {
    return this.#chosenModel;
  }

  /** What goes with the next command. @returns {Picked} */
  get picked() {
    const { model, effort } = this.#picked;
    return { model: model === this.#chosenModel ? model : null, effort: effort === this.#chosenEffort ? effort : null };
  }

  /** @param {string | null} conversation @param {import("page").Choice | null} choice @param {Picked} [kept] not known yet of a new one */
  show(conversation, choice, kept) {
    if (conversation !== this.#conversation) this.#picked = NOTHING;
    if (kept || !conversation) this.#kept = kept ?? NOTHING;
    this.#conversation = conversation;
    this.#choice = choice;
    this.#draw();
  }

  /** What was picked has been sent, and is kept in the conversation. */
  accepted() {
    const { model, effort } = this.picked;
    this.#kept = { model: model ?? this.#kept.model, effort: effort ?? this.#kept.effort };
    this.#picked = NOTHING;
  }

  /** What counts for the next answer; "" is the assistant's own. @param {What} what */
  #now(what) {
    return this.#picked[what] ?? this.#kept[what] ?? "";
  }

  get #chosenModel() {
    const model = this.#now("model");
    return this.#choice?.models.includes(model) ? model : "";
  }

  get #chosenEffort() {
    const effort = this.#now("effort");
    return this.#takes.includes(effort) ? effort : "";
  }

  get #takes() {
    return (this.#choice?.effort && this.efforts[this.#chosenModel || this.#choice.own]) || [];
  }

  #draw() {
    label(this.#model, "Model", this.#chosenModel, Boolean(this.#choice?.models.length));
    label(this.#effort, "Effort", nameOf(this.#chosenEffort), this.#takes.length > 0);
  }

  #offerModels() {
    const { own = "", models = [] } = this.#choice ?? {};
    const others = models.filter((name) => name !== own).map((name) => this.#item("model", name, name, this.#chosenModel));
    void this.#offer(this.#model, "Model", [
      { ...this.#item("model", "", "The assistant’s own", this.#chosenModel), detail: own },
      ...others,
    ]);
  }

  #offerEfforts() {
    const effort = this.#chosenEffort;
    const items = this.#takes.map((word) => this.#item("effort", word, nameOf(word), effort));
    void this.#offer(this.#effort, "Reasoning effort", [this.#item("effort", "", "The assistant’s own", effort), ...items]);
  }

  /** @param {HTMLElement} button @param {string} what @param {import("menu").Item[]} items */
  async #offer(button, what, items) {
    const menu = await loadedOrSaid(import("menu"), this.onproblem);
    menu?.openMenu(button, what, items);
  }

  /** @param {What} what @param {string} value @param {string} text @param {string} chosen */
  #item(what, value, text, chosen) {
    const action = () => {
      this.#picked = { ...this.#picked, [what]: value };
      this.#draw();
      this.onpick();
    };
    return { label: text, checked: value === chosen, action };
  }
}

/** @param {() => void} open */
function menuButton(open) {
  const attributes = { type: "button", class: "pill", "aria-haspopup": "menu", "aria-expanded": "false", hidden: true };
  const made = element("button", attributes, element("span", { class: "label" }), icon("chevron-down"));
  made.addEventListener("click", open);
  return made;
}

/** @param {HTMLButtonElement} button @param {string} what @param {string} chosen @param {boolean} visible */
function label(button, what, chosen, visible) {
  button.hidden = !visible;
  button.title = chosen ? `${what}: ${chosen}` : what;
  button.setAttribute("aria-label", button.title);
  if (button.firstElementChild) button.firstElementChild.textContent = chosen || what;
}
