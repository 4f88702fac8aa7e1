import { localStore } from "dom";
import { newId } from "live/outbox";

/**
 * What the playground shows, kept in this browser: it outlives a reload and signing out, and is forgotten with the drafts of the admin's forms.
 *
 * @typedef {{role: "user" | "assistant", text: string}} Turn
 * @typedef {Record<string, number | string>} Parameters
 * @typedef {{name: string, type?: import("page").Variable["type"], label?: string, help?: string, required?: boolean, default?: import("page").Value, choices?: string[]}} Declaration
 * @typedef {{text: string, model: string, parameters: Parameters, variables: Declaration[], examples: Turn[], output_schema: object | null, template: boolean}} Wording
 * @typedef {{prompt: string, of: string, label: string}} Source  `of`: "draft", "live", a version's number, "editor" or "own"
 * @typedef {{kind: string, detail: string, retry_at: string | null, cause: string}} Failure
 * @typedef {{
 *   status: string, error: Failure | null, finish_reason: string, model: string, note: string | null, cost: string | null,
 *   usage: import("protocol").Usage | null, first_token_seconds: number | null, seconds: number, attempts: number,
 * }} End
 * @typedef {{parts: import("page").Part[], end: End | null, retrying?: string, began: number, turns: Turn[], values: Record<string, import("page").Value>}} Result
 * @typedef {Wording & {id: string, source: Source, result: Result | null}} Column
 * @typedef {{turns: Turn[], columns: Column[], plain: boolean, values: Record<string, import("page").Value>, origin: string}} State
 *   `values`: of variables, by name; `origin`: the message of a conversation that the turns were taken from
 *
 * @typedef {{name: string, provider: string, window: number | null, price: {input: number, output: number} | null, efforts: string[] | null, takes_temperature: boolean | null, shutdown_date: string | null}} Model
 * @typedef {{name: string, label: string, kind: "number" | "whole" | "word", min: number, max: number, help: string}} Parameter
 * @typedef {{
 *   id: string, name: string, sources: {of: string, label: string}[], begin_with: string[], wordings: Record<string, Wording>,
 *   starters: string[], cases: {id: string, name: string}[], opened: object, author: string, may_keep: boolean, address: string,
 * }} Prompt
 * @typedef {{user: string, prompt: Prompt | null, prompts: {id: string, name: string}[], parameters: Parameter[], base: string, may_read_all: boolean}} Page
 */

export const MOST_COLUMNS = 6;
const MOST_KEPT = 400_000; // characters of answers: the browser keeps some million of all the site's pages together
const SAVE_AFTER_MS = 400;
export const OWN = "own";

/** @param {Wording} wording @param {Source} source @returns {Column} */
export const newColumn = ({ text, model, parameters, variables, examples, output_schema, template }, source) => ({
  ...{ id: newId(), source, text, model, parameters: { ...parameters }, variables, examples, output_schema, template, result: null },
});

/** What the page begins with: what is live and the draft of its prompt, on one empty message. @param {Prompt | null} prompt @returns {State} */
function beginning(prompt) {
  const columns = (prompt?.begin_with ?? []).flatMap((of) => {
    const wording = prompt?.wordings[of];
    const label = prompt?.sources.find((source) => source.of === of)?.label ?? of;
    return prompt && wording ? [newColumn(wording, { prompt: prompt.id, of, label })] : [];
  });
  const empty = { text: "", model: "", parameters: {}, variables: [], examples: [], output_schema: null, template: true };
  if (!columns.length) columns.push(newColumn(empty, { prompt: prompt?.id ?? "", of: OWN, label: "Own text" }));
  return { turns: [{ role: "user", text: "" }], columns, plain: false, values: {}, origin: "" };
}

export class Kept {
  #key;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Page} page */
  constructor(page) {
    this.#key = `admin-draft:${page.user}:${location.pathname}:playground`;
    this.state = this.#read() ?? beginning(page.prompt);
    addEventListener("pagehide", () => this.#timer && this.#write()); // else an idle tab would undo what another one kept
  }

  /** @returns {State | null} */
  #read() {
    try {
      const state = JSON.parse(JSON.parse(this.#key && (localStore.get(this.#key) ?? "null"))?.text ?? "null");
      if (!Array.isArray(state?.turns) || !Array.isArray(state.columns) || !state.columns.length) return null;
      for (const column of state.columns) {
        if (column.result && !column.result.end) column.result = null; // it ended with its page
        column.variables ??= [];
        column.examples ??= [];
        column.output_schema ??= null;
        column.template ??= true;
      }
      return { values: {}, origin: "", ...state };
    } catch {
      return null;
    }
  }

  /** Something changed. */
  soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#write(), SAVE_AFTER_MS);
  }

  #write() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    let room = MOST_KEPT;
    const columns = this.state.columns.map((column) => {
      const parts = (column.result?.parts ?? []).map(({ type, text, seconds }) => ({ type, text, seconds }));
      room -= parts.reduce((sum, { text }) => sum + (text?.length ?? 0), 0);
      return { ...column, result: column.result && room > 0 ? { ...column.result, parts } : null };
    });
    localStore.set(this.#key, JSON.stringify({ text: JSON.stringify({ ...this.state, columns }), base: "", time: Date.now() }));
  }
}

/** What an answer says to its reader. @param {Result} result */
export const answerOf = ({ parts }) =>
  parts
    .filter(({ type }) => type !== "reasoning")
    .map(({ text }) => text)
    .join("") || parts.map(({ text }) => text).join("");
