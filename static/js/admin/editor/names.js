import { insertions } from "admin/editor/syntax";
import { placeOf } from "admin/editor/problems";

/**
 * Which names of a text are wrong: variables that are neither built in nor declared in the form, at once, and all that the server refused,
 * such as fragments that aren't there, once it has read the text.
 *
 * @typedef {import("admin/editor/syntax").Token} Token
 */

export class Names {
  /** @type {Set<string> | null} null where the form doesn't say which there are */
  #known = null;
  #refused = new Set();
  #builtIn;
  #declared;

  /** @param {HTMLTextAreaElement} editor @param {() => void} changed */
  constructor(editor, changed) {
    this.#builtIn = editor.dataset.names?.split(" ");
    const declared = editor.form?.elements.namedItem("variables");
    this.#declared = declared instanceof HTMLTextAreaElement ? declared : null;
    this.#read();
    this.#declared?.addEventListener("input", () => {
      this.#read();
      changed();
    });
  }

  #read() {
    try {
      const declared = JSON.parse(this.#declared?.value.trim() || "[]").map((/** @type {{name?: unknown}} */ one) => String(one?.name));
      this.#known = this.#builtIn ? new Set([...this.#builtIn, ...declared]) : null;
    } catch {
      this.#known = null; // it is YAML, or isn't written to its end
    }
  }

  /** @param {string} text @param {import("admin/editor/problems").Problem[]} problems */
  refuse(text, problems) {
    const lines = text.split("\n");
    this.#refused = new Set(
      problems.flatMap((problem) => {
        const line = lines[problem.line - 1] ?? "";
        const at = placeOf(line, { ...problem, line: 1 });
        return insertions(line)
          .filter(({ from }) => from === at)
          .map(({ kind, name }) => `${kind} ${name}`);
      }),
    );
  }

  /** @param {Token} token */
  isWrong({ kind, name }) {
    if (kind === "broken") return true;
    if (kind === "variable" && this.#known) return !this.#known.has(name);
    return this.#refused.has(`${kind} ${name}`);
  }
}
