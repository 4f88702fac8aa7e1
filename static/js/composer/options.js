import { Assistants } from "assistants";
import { find } from "dom";

const MOST_NAMED = 5; // models

/**
 * What goes along with a message: the assistant that answers, and, where it lets its users choose or asks for something, the model with its
 * effort and what is filled in for a new conversation.
 *
 * @typedef {import("protocol").Entry} Entry
 * @typedef {{id: string | null, path: import("page").Message[]}} Conversation
 */
export class Options {
  #page;
  #current;
  #onproblem;
  #onchoice;
  #assistants;
  /** @type {import("composer/choice").ModelChoice | undefined} where there is something to choose */
  #choice;
  /** @type {import("composer/variables").VariablesForm | undefined} where an assistant asks for something */
  #variables;

  /**
   * @param {import("page").Page} page
   * @param {() => {conversation: Conversation, entry: Entry | undefined}} current what is open
   * @param {{
   *   onpick: () => void, onchoice: () => void, onstart: (text: string) => void, onproblem: (detail: string, code?: string) => void,
   * }} handlers  `onpick`: an assistant; `onchoice`: another model may answer now.
   */
  constructor(page, current, { onpick, onchoice, onstart, onproblem }) {
    this.#page = page;
    this.#current = current;
    this.#onproblem = onproblem;
    this.#onchoice = onchoice;
    this.#assistants = new Assistants(page.prompts, { onpick: () => (onpick(), this.#showChoice()), onstart, onproblem });
  }

  /** What only some assistants need. Without a connection their own model answers, and the server asks for what is missing. */
  load() {
    const { prompts, efforts } = this.#page;
    if (prompts.some((prompt) => prompt.choice)) {
      void import("composer/choice")
        .then(({ ModelChoice }) => {
          this.#choice = new ModelChoice(efforts, find(".pill"), { onpick: this.#onchoice, onproblem: this.#onproblem });
          this.#showChoice();
        })
        .catch(() => {});
    }
    if (prompts.some((prompt) => prompt.asks)) {
      void import("composer/variables")
        .then(({ VariablesForm }) => {
          this.#variables = new VariablesForm(this.#onproblem);
          this.#showChoice();
        })
        .catch(() => {});
    }
  }

  /** Of a new conversation: the assistant's id. */
  get prompt() {
    return this.#assistants.chosen?.id ?? null;
  }

  /** What goes with the first message, or null. False where something is missing, which the form says. */
  get given() {
    return this.#variables?.given ?? null;
  }

  get picked() {
    return this.#choice?.picked ?? { model: null, effort: null };
  }

  /** Why images can't be sent to the model that answers now, with those that can see them, or "". */
  get blindness() {
    if (this.isOff("images")) return "Images can’t be sent here. Remove the image to send the message.";
    const prompt = this.#prompt;
    const model = this.#choice?.model ?? "";
    if ((model ? this.#page.sees[model] : prompt?.sees) !== false) return "";
    const seeing = prompt?.choice?.models.filter((name) => this.#page.sees[name]) ?? [];
    const advice = seeing.length
      ? `Choose one that can: ${seeing.slice(0, MOST_NAMED).join(", ")}.`
      : "Remove the image to send the message.";
    return `The model that answers here can’t see images. ${advice}`;
  }

  /** Whether that can't be done with the assistant that answers now. @param {import("page").Switch} what */
  isOff(what) {
    return (this.#prompt ?? this.#page).off.includes(what);
  }

  /** The assistant that answers now. */
  get answering() {
    return this.#prompt?.id ?? "";
  }

  /** What was picked has been sent. */
  accepted() {
    this.#choice?.accepted();
  }

  /** The assistants of a new chat. */
  offer() {
    this.#assistants.offer();
  }

  /** Show what is open by now. */
  show() {
    const { conversation, entry } = this.#current();
    const { id, path } = conversation;
    this.#assistants.showGreeting(!id && !path.length);
    this.#showChoice();
    if (id) this.#assistants.fix(entry?.prompt ?? null, path.findLast((message) => message.prompt)?.prompt?.name);
  }

  /** Which assistant a conversation has. @param {Entry} [entry] */
  promptOf(entry) {
    return this.#page.prompts.find((one) => (entry?.prompt ? one.id === entry.prompt : one.is_default));
  }

  get #entry() {
    const { conversation, entry } = this.#current();
    const opened = this.#page.conversation; // may be too far down to be listed
    return entry ?? (conversation.id && opened?.conversation === conversation.id ? opened : undefined);
  }

  get #prompt() {
    return this.#current().conversation.id ? this.promptOf(this.#entry) : this.#assistants.chosen;
  }

  #showChoice() {
    const { id, path } = this.#current().conversation;
    const prompt = this.#prompt;
    this.#choice?.show(id, prompt?.choice ?? null, this.#entry);
    this.#onchoice();
    void this.#variables?.show(!id && !path.length && prompt?.asks ? prompt.id : null);
  }
}
