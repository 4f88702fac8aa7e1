import { element, find, icon } from "dom";
import { request } from "requests/http";
import { loadStylesheet } from "stylesheet";

/**
 * What a prompt asks for before a conversation begins: a small form above the message field. Loaded with the first prompt that asks.
 *
 * @typedef {import("page").Variable} Variable
 * @typedef {import("page").Value} Value
 * @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Field
 */

/** Fields for variables, with their values. */
export class Fields {
  element = element("div", { class: "variables-fields" });
  /** @type {Map<string, {variable: Variable, field: Field}>} */
  #fields = new Map();

  /** @param {import("page").Variables} asked @param {string} prefix of the fields' ids */
  constructor({ variables, values }, prefix) {
    for (const variable of variables) {
      const id = `${prefix}-${variable.name}`;
      const field = fieldFor(variable, id, values[variable.name] ?? variable.default);
      this.#fields.set(variable.name, { variable, field });
      const label = element("label", { for: id }, variable.label);
      if (!variable.required) label.append(element("small", {}, " optional"));
      const row = element("p", variable.type === "long_text" ? { class: "wide" } : {}, label, field);
      if (variable.help) row.append(element("small", { id: `${id}-help` }, variable.help));
      this.element.append(row);
    }
  }

  /** @returns {Record<string, Value>} what is filled in, by name */
  get values() {
    /** @type {Record<string, Value>} */
    const values = {};
    for (const [name, { variable, field }] of this.#fields) {
      if (!field.value.trim()) continue;
      values[name] = variable.type === "yes_no" ? field.value === "yes" : field.value;
    }
    return values;
  }

  /** Whether all is there; if not, the browser says what is missing, at its place. */
  check() {
    return [...this.#fields.values()].every(({ field }) => field.reportValidity());
  }
}

/** @param {Variable} variable @param {string} id @param {Value | null} value @returns {Field} */
function fieldFor(variable, id, value) {
  const { type, required, max_characters: most, choices } = variable;
  const shared = { id, required, autocomplete: "off", "aria-describedby": variable.help ? `${id}-help` : undefined };
  /** @type {Field} */
  let field;
  if (type === "choice" || type === "yes_no") {
    const options = type === "choice" ? choices.map((one) => [one, one]) : [["yes", "Yes"], ["no", "No"]]; // prettier-ignore
    field = element(
      "select",
      shared,
      element("option", { value: "" }, "–"),
      ...options.map(([key = "", words = ""]) => element("option", { value: key }, words)),
    );
  } else if (type === "long_text") field = element("textarea", { ...shared, rows: "3", maxlength: String(most), dir: "auto" });
  else if (type === "number") field = element("input", { ...shared, type: "number", step: "any" });
  else if (type === "date") field = element("input", { ...shared, type: "date" });
  else field = element("input", { ...shared, type: "text", maxlength: String(most), dir: "auto" });
  if (value !== null) field.value = typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
  return field;
}

/** The form of a new chat. */
export class VariablesForm {
  #place = element("section", { class: "variables column", "aria-label": "For this conversation", hidden: true });
  /** @type {Map<string, Promise<Fields>>} by prompt: what was filled in stays while others are looked at */
  #made = new Map();
  /** @type {Fields | undefined} */
  #fields;
  /** @type {string | null} */
  #prompt = null;

  /** @param {(problem: string) => void} onproblem */
  constructor(onproblem) {
    this.onproblem = onproblem;
    find(".composer").before(this.#place);
  }

  /** @param {string | null} prompt that asks; null: none does */
  async show(prompt) {
    if (prompt === this.#prompt) return;
    this.#prompt = prompt;
    this.#fields = undefined;
    this.#place.hidden = true;
    if (!prompt) return;
    let making = this.#made.get(prompt);
    if (!making) this.#made.set(prompt, (making = make(prompt)));
    try {
      const fields = await making;
      if (prompt !== this.#prompt) return;
      this.#fields = fields;
      this.#place.replaceChildren(element("h2", {}, icon("pencil"), "For this conversation"), fields.element);
      this.#place.hidden = false;
    } catch (error) {
      this.#made.delete(prompt);
      if (prompt !== this.#prompt) return;
      this.#prompt = null;
      this.onproblem(error instanceof Error ? error.message : "");
    }
  }

  /** What goes with the first message; null where nothing is asked. False where something is missing, which the form says. */
  get given() {
    if (!this.#fields) return null;
    return this.#fields.check() && this.#fields.values;
  }
}

/** @param {string} prompt @returns {Promise<import("page").Variables>} */
const variablesOfPrompt = (prompt) => request(`variables/?prompt=${encodeURIComponent(prompt)}`);

/** @param {string} prompt */
async function make(prompt) {
  const [asked] = await Promise.all([variablesOfPrompt(prompt), loadStylesheet("variables")]);
  return new Fields(asked, "variable");
}
