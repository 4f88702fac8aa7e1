import { Fields } from "composer/variables";
import { element } from "dom";

/**
 * What is filled in for the variables that the columns' prompts declare: one value for all of them.
 *
 * @typedef {import("page").Variable} Variable
 * @typedef {import("page").Value} Value
 * @typedef {import("admin/playground/state").Declaration} Declaration
 */

const MOST_CHARACTERS = { text: 200, long_text: 20_000 };

/** @param {Declaration} declaration @returns {Variable} as the chat's form has it */
function asked({ name, type = "text", label, help = "", required = false, default: given, choices = [] }) {
  const value = given ?? null;
  const words = label || name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");
  const most = type === "text" || type === "long_text" ? MOST_CHARACTERS[type] : null;
  return { name, type, label: words, help, required: required && value === null, default: value, choices, max_characters: most };
}

export class Variables {
  element = element("section", { class: "variables", "aria-labelledby": "variables-title", hidden: true });
  #title = element("h2", { id: "variables-title" }, "Variables");
  /** @type {Fields | null} */
  #fields = null;
  #drawn = "";
  /** @type {string[]} */
  #names = [];

  /** @param {import("admin/playground/state").State} state @param {() => void} changed */
  constructor(state, changed) {
    this.state = state;
    this.element.addEventListener("input", () => {
      for (const name of this.#names) delete state.values[name];
      Object.assign(state.values, this.#fields?.values);
      changed();
    });
  }

  /** Where a column declares something else than before. @param {boolean} [isForced] whether the values are others, too */
  draw(isForced = false) {
    /** @type {Map<string, Variable>} */
    const found = new Map();
    for (const { variables } of this.state.columns) for (const one of variables) if (!found.has(one.name)) found.set(one.name, asked(one));
    const variables = [...found.values()];
    const drawn = JSON.stringify(variables);
    if (drawn === this.#drawn && !isForced) return;
    this.#drawn = drawn;
    this.#names = [...found.keys()];
    this.#fields = variables.length ? new Fields({ variables, values: this.state.values }, "variable") : null;
    this.element.hidden = !this.#fields;
    this.element.replaceChildren(this.#title, ...(this.#fields ? [this.#fields.element] : []));
  }

  /** Whether all is there; if not, the browser says what is missing, at its place. */
  check() {
    return this.#fields?.check() ?? true;
  }

  /** Defaults included, as they stand in the fields. @returns {Record<string, Value>} */
  get values() {
    return this.#fields?.values ?? {};
  }
}
