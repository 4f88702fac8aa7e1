import { element, find } from "dom";

/**
 * What the conversation begins with: one of the prompt's starters, or a conversation that the user may read.
 *
 * @typedef {import("admin/playground/state").Turn} Turn
 * @typedef {{turns: Turn[], values?: Record<string, import("page").Value>, origin?: string}} Beginning
 */

const CONVERSATION = "conversation";

export class Start {
  element = element("select", { "aria-label": "Start from" });
  #dialog = element("dialog", { "aria-labelledby": "start-title", closedby: "any" });

  /** @param {import("admin/playground/state").Page} page @param {import("admin/playground/cases").Cases} cases @param {(beginning: Beginning) => void} begin */
  constructor(page, cases, begin) {
    this.page = page;
    this.begin = begin;
    const starters = page.prompt?.starters ?? [];
    this.element.append(element("option", { value: "" }, "Start from…"));
    if (starters.length)
      this.element.append(
        element("optgroup", { label: "Starters" }, ...starters.map((text) => element("option", { value: `starter:${text}` }, text))),
      );
    const listed = (page.prompt?.cases ?? []).map(({ id, name }) => element("option", { value: `case:${id}` }, name));
    if (listed.length) this.element.append(element("optgroup", { label: "Cases" }, ...listed));
    this.element.append(element("option", { value: CONVERSATION }, "A conversation…"));
    this.element.addEventListener("change", () => {
      const { value } = this.element;
      this.element.value = "";
      if (value === CONVERSATION) this.ask();
      else if (value.startsWith("starter:")) begin({ turns: [{ role: "user", text: value.slice("starter:".length) }] });
      else if (value)
        void cases.read(value.slice("case:".length)).then((found) => found && begin({ turns: found.turns, values: found.variables }));
    });
    document.body.append(this.#dialog);
  }

  /** Which conversation. @param {string} [named] */
  ask(named = "") {
    const all = this.page.may_read_all;
    const address = element("input", { name: "conversation", required: true, autocomplete: "off", value: named, id: "start-conversation" });
    const problem = element("p", { class: "is-wrong", role: "alert" });
    const cancel = element("button", { type: "button", class: "quiet-button" }, "Cancel");
    const form = element(
      "form",
      {},
      element("h2", { id: "start-title" }, "Start from a conversation"),
      element("label", { for: "start-conversation" }, "Its address, or its id"),
      address,
      element("p", { class: "help" }, all ? "One of your own, or any other: reading that is kept in the admin log." : "One of your own."),
    );
    if (all)
      form.append(
        element("label", { for: "start-reason" }, "Reason, where it isn’t yours"),
        element("input", { name: "reason", id: "start-reason", maxlength: "200", autocomplete: "off" }),
      );
    const take = element("button", { class: "run-all" }, "Take it over");
    form.append(problem, element("div", { class: "bar" }, cancel, take));
    cancel.addEventListener("click", () => this.#dialog.close());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (take.disabled) return; // what is read is kept in the log, once
      take.disabled = true;
      void this.#read(form).then((words) => {
        problem.textContent = words;
        take.disabled = false;
      });
    });
    this.#dialog.replaceChildren(form);
    this.#dialog.showModal();
    address.focus();
  }

  /** @param {HTMLFormElement} form @returns {Promise<string>} what stood in the way */
  async #read(form) {
    const body = new FormData(find("form[data-token]"));
    for (const [name, value] of new FormData(form)) body.set(name, value);
    const options = { method: "POST", body, headers: { Accept: "application/json" } };
    const response = await fetch(`${this.page.base}playground/conversation/`, options).catch(() => null);
    const answer = await response?.json().catch(() => null);
    if (!answer?.turns) return answer?.detail ?? "That didn’t work. Try again in a moment.";
    /** @type {Turn[]} */
    const turns = answer.turns;
    while (turns.at(-1)?.role === "assistant") turns.pop(); // it is to be answered again
    this.#dialog.close();
    if (turns.length) this.begin({ turns, values: answer.variables, origin: answer.message });
    return "";
  }
}
