import { find } from "dom";
import { answerOf } from "admin/playground/state";

/**
 * Cases of the prompt: the conversation can begin with one, and an exchange can become one.
 *
 * @typedef {import("admin/playground/state").Column} Column
 * @typedef {import("admin/playground/state").Turn} Turn
 */

const LONGEST_NAME = 120;

export class Cases {
  /** @param {import("admin/playground/state").Page} page */
  constructor(page) {
    this.page = page;
  }

  get #address() {
    return `${this.page.base}${this.page.prompt?.id}/playground/cases/`;
  }

  /** @param {string} id @returns {Promise<{turns: Turn[], variables: Record<string, string>} | null>} */
  async read(id) {
    const response = await fetch(`${this.#address}${id}/`, { headers: { Accept: "application/json" } }).catch(() => null);
    return response?.ok ? response.json() : null;
  }

  /**
   * What a column was asked, with its answer as what is expected.
   *
   * @param {Column} column
   * @param {string} origin the message of a conversation that it was taken from
   * @param {(said: import("admin/playground/keep").Said) => void} tell
   */
  async keep(column, origin, tell) {
    if (!column.result) return;
    const { turns, values } = column.result;
    const question = turns.at(-1)?.text.trim().split("\n", 1)[0] ?? "";
    const body = new FormData(find("form[data-token]"));
    body.set("name", Array.from(question).slice(0, LONGEST_NAME).join(""));
    body.set("case", JSON.stringify({ turns, variables: values, expected: answerOf(column.result), message: origin || null }));
    const options = { method: "POST", body, headers: { Accept: "application/json" } };
    const response = await fetch(this.#address, { ...options, redirect: "manual" }).catch(() => null);
    const answer = await response?.json().catch(() => null);
    if (!answer?.address) return tell({ words: answer?.detail ?? "Not kept: are you still signed in?", isWrong: true });
    tell({ words: "This is a case now.", link: answer.address, linkWords: "Look at it, and add checks" });
  }
}
