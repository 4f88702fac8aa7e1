import { Assistants } from "assistants";
import { find } from "dom";

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
  #assistants;
  /** @type {import("composer/choice").ModelChoice | undefined} where there is something to choose */
  #choice;
  /** @type {import("composer/variables").VariablesForm | undefined} where an assistant asks for something */
  #variables;

  /**
   * @param {import("page").Page} page
   * @param {() => {conversation: Conversation, entry: Entry | undefined}} current what is open
   * @param {{onpick: () => void, onstart: (text: string) => void, onproblem: (detail: string) => void}} handlers
   */
  constructor(page, current, { onpick, onstart, onproblem }) {
    this.#page = page;
    this.#current = current;
    this.#onproblem = onproblem;
    this.#assistants = new Assistants(page.prompts, { onpick: () => (onpick(), this.#showChoice()), onstart });
  }

  /** What only some assistants need. Without a connection their own model answers, and the server asks for what is missing. */
  load() {
    const { prompts, efforts } = this.#page;
    if (prompts.some((prompt) => prompt.choice)) {
      void import("composer/choice")
        .then(({ ModelChoice }) => {
          this.#choice = new ModelChoice(efforts, find(".pill"));
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

  #showChoice() {
    const { conversation, entry: listed } = this.#current();
    const { id, path } = conversation;
    const opened = this.#page.conversation; // may be too far down to be listed
    const entry = listed ?? (id && opened?.conversation === id ? opened : undefined);
    const prompt = id ? this.promptOf(entry) : this.#assistants.chosen;
    this.#choice?.show(id, prompt?.choice ?? null, entry);
    void this.#variables?.show(!id && !path.length && prompt?.asks ? prompt.id : null);
  }
}
