import { element, find } from "dom";

/**
 * Makes what a column says the draft of the prompt. What others changed meanwhile stays, and is told.
 *
 * @typedef {import("admin/playground/state").Column} Column
 * @typedef {{label: string, run: (event: Event) => void}} Choice
 * @typedef {{words: string, isWrong?: boolean, link?: string, linkWords?: string, choices?: Choice[]}} Said
 */

export class Keeping {
  /** @param {import("admin/playground/state").Page} page @param {import("admin/playground/sources").Sources} sources */
  constructor(page, sources) {
    this.page = page;
    this.sources = sources;
  }

  get isPossible() {
    return Boolean(this.page.prompt?.may_keep);
  }

  /** Of the draft, whether it says something else than what the column began from: then it would be replaced. @param {Column} column */
  #replaces({ source }) {
    const { prompt } = this.page;
    return prompt?.sources.some(({ of }) => of === "draft") && source.of !== "draft" && source.label !== "Changed from draft";
  }

  /** @param {Column} column @param {(said: Said) => void} tell */
  async keep(column, tell) {
    if (!this.#replaces(column)) return this.#send(column, tell);
    const { author } = this.page.prompt ?? { author: "" };
    const run = () => void this.#send(column, tell);
    tell({ words: `There is a draft${author ? ` by ${author}` : ""} that says something else.`, choices: [{ label: "Replace it", run }] });
  }

  /** @param {Column} column @param {(said: Said) => void} tell @param {boolean} [anyway] */
  async #send(column, tell, anyway = false) {
    const { prompt, base } = this.page;
    if (!prompt) return;
    const body = new FormData(find("form[data-token]"));
    const { output_schema: schema } = column;
    const lists = { variables: JSON.stringify(column.variables), examples: JSON.stringify(column.examples) };
    const opened = JSON.stringify({ draft: prompt.opened });
    const fields = {
      text: column.text,
      model: column.model,
      ...column.parameters,
      ...lists,
      output_schema: schema ? JSON.stringify(schema) : "",
      opened,
    };
    for (const [name, value] of Object.entries(fields)) body.set(name, String(value));
    if (anyway) body.set("anyway", "1");
    const options = { method: "POST", body, headers: { Accept: "application/json" } };
    const response = await fetch(`${base}${prompt.id}/playground/keep/`, { ...options, redirect: "manual" }).catch(() => null);
    if (!response) return tell({ words: "Not kept: the server can’t be reached.", isWrong: true });
    const answer = await response.json().catch(() => null);
    if (!answer) return tell({ words: "Not kept: you are signed out, or may not edit this prompt.", isWrong: true });
    if (answer.errors) return tell({ words: `Not kept. ${Object.values(answer.errors).flat().join(" ")}`, isWrong: true });
    if (answer.clashes) {
      const words = `${answer.author || "Another administrator"} changed the same words of the draft meanwhile.`;
      const run = () => void this.#send(column, tell, true);
      return tell({ words, isWrong: true, link: prompt.address, choices: [{ label: "Keep mine where both did", run }] });
    }
    prompt.opened = answer.opened;
    const { text, model, parameters, variables, examples, output_schema } = answer.opened.wording;
    this.sources.kept(prompt.id, { text, model, parameters, variables, examples, output_schema, template: true });
    const also = answer.is_merged ? " What others changed meanwhile is in it, too." : "";
    tell({ words: answer.is_live ? "This is what is live already." : `This is the draft now.${also}`, link: prompt.address });
  }
}

/** @param {HTMLElement} place @param {Said} said */
export function show(place, { words, isWrong = false, link, linkWords = "Open the editor", choices = [] }) {
  place.classList.toggle("is-wrong", isWrong);
  const buttons = choices.map(({ label, run }) => {
    const button = element("button", { type: "button", class: "quiet-button" }, label);
    button.addEventListener("click", run);
    return button;
  });
  place.replaceChildren(words, " ", ...(link ? [element("a", { href: link }, linkWords)] : []), ...buttons);
}
