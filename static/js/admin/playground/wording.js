import { element } from "dom";
import { OWN } from "admin/playground/state";

/**
 * What a column tries: a prompt's version, draft or text, the model and its parameters.
 *
 * @typedef {import("admin/playground/state").Column} Column
 * @typedef {{sources: import("admin/playground/sources").Sources, models: import("admin/playground/models").Models, parameters: import("admin/playground/state").Parameter[], changed: () => void}} Given
 */

export class WordingView {
  element = element("div", { class: "wording" });
  #source = element("select", { "aria-label": "What is tried" });
  #model = element("input", { type: "text", list: "playground-models", autocomplete: "off", spellcheck: "false", "aria-label": "Model" });
  #about = element("p", { class: "about" });
  #set = element("summary");
  /** @type {Map<string, HTMLInputElement>} */
  #fields = new Map();
  #size = element("summary");
  #examples = element("p", { class: "about" });
  #text = element("textarea", { class: "prompt-text", rows: "6", spellcheck: "false", autocomplete: "off", "aria-label": "System prompt" });

  /** @param {Column} column @param {Given} given */
  constructor(column, given) {
    this.column = column;
    this.given = given;
    const grid = element("div", { class: "parameters" }, ...given.parameters.map((one) => this.#parameter(one)));
    const prompt = element("details", {}, this.#size, this.#text, this.#examples);
    prompt.open = !column.text && column.source.of === OWN;
    this.element.append(this.#source, this.#model, this.#about, element("details", {}, this.#set, grid), prompt);
    this.#source.addEventListener("change", () => void given.sources.choose(column, this.#source.value).then(() => this.#changed(true)));
    this.#model.addEventListener("input", () => this.#edited({ model: this.#model.value.trim() }));
    this.#text.addEventListener("input", () => this.#edited({ text: this.#text.value }));
    this.draw();
  }

  /** @param {import("admin/playground/state").Parameter} parameter */
  #parameter({ name, label, kind, min, max, help }) {
    const isWord = kind === "word";
    const field = element("input", {
      type: isWord ? "text" : "number",
      title: help,
      placeholder: "not sent",
      ...(isWord ? { maxlength: "20" } : { min: String(min), max: String(max), step: kind === "whole" ? "1" : "any" }),
    });
    field.addEventListener("input", () => {
      const { [name]: _, ...others } = this.column.parameters;
      const value = field.value.trim();
      this.#edited({ parameters: value ? { ...others, [name]: isWord ? value : Number(value) } : others });
    });
    this.#fields.set(name, field);
    return element("label", {}, label, field);
  }

  /** @param {Partial<import("admin/playground/state").Wording>} change */
  #edited(change) {
    Object.assign(this.column, change);
    this.given.sources.edited(this.column);
    this.#changed(false);
  }

  /** @param {boolean} fields whether what the fields show has changed, too */
  #changed(fields) {
    this.draw(fields);
    this.given.changed();
  }

  draw(fields = true) {
    const { column } = this;
    const { models, sources } = this.given;
    sources.fill(this.#source, column);
    if (fields) {
      this.#model.value = column.model;
      this.#text.value = column.text;
      for (const [name, field] of this.#fields) field.value = String(column.parameters[name] ?? "");
    }
    this.#model.placeholder = models.all[0] ? `${models.all[0].name} (the default)` : "the provider’s default model";
    const objections = models.objections(column.model, column.parameters);
    this.#about.replaceChildren(models.describe(column.model), ...objections.map((one) => element("span", { class: "objection" }, one)));
    const set = Object.entries(column.parameters).map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`);
    this.#set.textContent = set.length ? set.join(" · ") : "Parameters: none set";
    const { length } = column.examples;
    const schema = column.output_schema ? "The answer follows the prompt’s output schema." : "";
    this.#examples.textContent = [length ? `${length} example messages come before the conversation.` : "", schema]
      .filter(Boolean)
      .join(" ");
    const tokens = Math.ceil(new TextEncoder().encode(column.text).length / 4);
    this.#size.textContent = column.text ? `System prompt · about ${tokens.toLocaleString("en")} tokens` : "System prompt · empty";
  }
}
