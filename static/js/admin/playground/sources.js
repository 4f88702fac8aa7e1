import { element } from "dom";
import { OWN } from "admin/playground/state";

/**
 * Where a column's wording can come from, and what was read of it.
 *
 * @typedef {import("admin/playground/state").Column} Column
 * @typedef {import("admin/playground/state").Wording} Wording
 */

const EDITOR = "editor";
const AS_TYPED = "The editor, as it is typed";

export class Sources {
  /** @type {Map<string, Wording>} */
  #read = new Map();
  /** @type {Wording | null} what the prompt's editor shows in another tab */
  #typed = null;

  /** @param {import("admin/playground/state").Page} page @param {(words: string) => void} say */
  constructor(page, say) {
    this.page = page;
    this.say = say;
    for (const [of, wording] of Object.entries(page.prompt?.wordings ?? {})) this.#read.set(`${page.prompt?.id}/${of}`, wording);
  }

  /** @returns {[string, [string, string][]][]} groups of options: value and label */
  #groups() {
    const { prompt, prompts } = this.page;
    const own = (prompt?.sources ?? []).map(({ of, label }) => /** @type {[string, string]} */ ([`${prompt?.id}/${of}`, label]));
    if (prompt && this.#typed) own.unshift([`${prompt.id}/${EDITOR}`, AS_TYPED]);
    const others = prompts.map(({ id, name }) => /** @type {[string, string]} */ ([`${id}/live`, name]));
    return [
      [prompt?.name ?? "", own],
      [prompt ? "Other prompts, live" : "Prompts, live", others],
    ];
  }

  /** @param {HTMLSelectElement} select @param {Column} column */
  fill(select, { source }) {
    const value = `${source.prompt}/${source.of}`;
    const groups = this.#groups();
    const listed = groups.some(([, options]) => options.some(([key]) => key === value));
    const drawn = JSON.stringify([groups, listed ? "" : source]);
    if (select.dataset.drawn !== drawn) {
      select.dataset.drawn = drawn;
      const made = groups
        .filter(([, options]) => options.length)
        .map(([label, options]) =>
          element("optgroup", { label }, ...options.map(([key, name]) => element("option", { value: key }, name))),
        );
      select.replaceChildren(...(listed ? [] : [element("option", { value }, source.label)]), ...made);
    }
    select.value = value;
  }

  /** @type {Map<Column, Promise<void>>} what is being read, by the column that waits for it */
  #reading = new Map();

  /** Once the column says what was chosen for it. @param {Column} column */
  settled(column) {
    return this.#reading.get(column);
  }

  /** @param {Column} column @param {string} value */
  choose(column, value) {
    const reading = this.#choose(column, value).finally(() => {
      if (this.#reading.get(column) === reading) this.#reading.delete(column);
    });
    this.#reading.set(column, reading);
    return reading;
  }

  /** @param {Column} column @param {string} value */
  async #choose(column, value) {
    const [prompt = "", of = ""] = value.split("/");
    const wording = of === EDITOR ? this.#typed : (this.#read.get(value) ?? (await this.#fetch(prompt, of)));
    if (!wording) return;
    this.#read.set(value, wording);
    const label = this.#groups()
      .flatMap(([, options]) => options)
      .find(([key]) => key === value)?.[1];
    Object.assign(column, structuredClone(wording), { source: { prompt, of, label: label ?? of } });
  }

  /** @param {string} prompt @param {string} of @returns {Promise<Wording | null>} */
  async #fetch(prompt, of) {
    const address = `${this.page.base}${prompt}/playground/wordings/${of}/`;
    const response = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
    if (response?.ok) return response.json();
    this.say(
      response ? "That isn’t there any more. Reload the page to see what is." : "The server can’t be reached. Try again in a moment.",
    );
    return null;
  }

  /** The column says something of its own from now on. @param {Column} column */
  edited(column) {
    const { source } = column;
    if (source.of === OWN) return;
    column.template = true;
    source.label = `Changed from ${source.label.replace(/^[TDV]/, (letter) => letter.toLowerCase())}`;
    source.of = OWN;
  }

  /** What the editor shows now; columns that follow it say the same. @param {Pick<Wording, "text" | "model" | "parameters"> | null} wording @param {Column[]} columns */
  typed(wording, columns) {
    const { prompt } = this.page;
    const saved = prompt?.wordings["draft"] ?? prompt?.wordings[prompt.begin_with[0] ?? ""];
    const { variables = [], examples = [], output_schema = null } = saved ?? {};
    this.#typed = wording ? { ...wording, variables, examples, output_schema, template: true } : this.#typed;
    for (const column of columns) {
      if (column.source.of === EDITOR && this.#typed) Object.assign(column, structuredClone(this.#typed));
    }
  }

  /** The draft says this now. @param {string} prompt @param {Wording} wording */
  kept(prompt, wording) {
    this.#read.set(`${prompt}/draft`, wording);
    const sources = this.page.prompt?.sources;
    if (sources?.every(({ of }) => of !== "draft")) sources.unshift({ of: "draft", label: "Draft" });
  }
}
