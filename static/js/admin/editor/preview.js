import { element } from "dom";
import { choice } from "admin/editor/preview-fields";

/**
 * A dialog with what the model would be told: the text of the form as it stands, with all that is put in, as a user would get it. Nothing
 * is saved by it.
 *
 * @typedef {{source: "text" | "variable" | "fragment", label: string, text: string, tokens: number}} Part
 * @typedef {{counted: {what: string, tokens: number, parts: Part[]}[], tokens: number, cost: string, answers: number, problems: string[],
 *   wrong: string[], of_user: string, may_choose: boolean, asked: import("admin/editor/preview-fields").Asked[], errors?: Record<string, string[]>}} Shown
 */

const PAUSE_MS = 300;

export class Preview {
  #field;
  #dialog = element("dialog", { class: "prompt-preview", "aria-labelledby": "final-text" });
  #choices = element("div", { class: "preview-choices" });
  #status = element("p", { role: "status" });
  #result = element("div");
  #timer = 0;
  #asked = 0;

  /** @param {HTMLTextAreaElement} field */
  constructor(field) {
    this.#field = field;
    const close = element("button", { type: "button", class: "row-button" }, "Close");
    close.addEventListener("click", () => this.#dialog.close());
    const top = element("div", { class: "preview-top" }, element("h2", { id: "final-text" }, "Final text"), close);
    this.#dialog.append(top, this.#choices, this.#status, this.#result);
    this.#choices.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.#load(false), PAUSE_MS);
    });
    document.body.append(this.#dialog);
  }

  open() {
    this.#dialog.showModal();
    void this.#load(true);
  }

  /** @param {boolean} isNew whether the form may ask for other variables than before */
  async #load(isNew) {
    const number = (this.#asked += 1);
    const sent = new FormData(this.#field.form ?? undefined);
    for (const one of /** @type {NodeListOf<HTMLInputElement>} */ (this.#choices.querySelectorAll("[data-name]")))
      sent.set(one.dataset.name ?? "", one.value);
    if (isNew) this.#status.textContent = "Loading …";
    const options = { method: "POST", body: sent, redirect: /** @type {const} */ ("manual"), headers: { Accept: "application/json" } };
    const response = await fetch(this.#field.dataset.preview ?? "", options).catch(() => null);
    const shown = /** @type {Shown | null} */ (await response?.json().catch(() => null));
    if (number !== this.#asked) return; // something else was chosen meanwhile
    if (!shown) {
      this.#result.replaceChildren();
      this.#status.textContent = response ? "The server refused it: you may be signed out." : "No connection.";
      return;
    }
    this.#draw(shown, isNew);
  }

  /** @param {Shown} shown @param {boolean} isNew */
  #draw(shown, isNew) {
    const errors = Object.entries(shown.errors ?? {}).map(([label, words]) => `${label}: ${words.join(" ")}`);
    const wrong = [...errors, ...(shown.problems ?? []), ...(shown.wrong ?? [])];
    const messages = element("ul", { class: "messagelist" }, ...wrong.map((words) => element("li", { class: "error" }, words)));
    if (shown.errors) {
      this.#status.textContent = "The form can’t be read yet.";
      this.#result.replaceChildren(messages);
      return;
    }
    if (isNew) {
      const user = { name: "user", label: "As this user gets it", type: "text", value: shown.of_user };
      const variables = shown.asked.map((one) => ({ ...one, name: `v-${one.name}` }));
      this.#choices.replaceChildren(...[...(shown.may_choose ? [user] : []), ...variables].map(choice));
    }
    const cost = shown.cost && `: ${shown.cost} for ${shown.answers.toLocaleString("en")} answers, where none of it is cached`;
    this.#status.textContent = shown.counted.length
      ? `About ${shown.tokens.toLocaleString("en")} tokens before the conversation${cost}. What is put in is marked.`
      : "It can’t be sent like this.";
    this.#result.replaceChildren(...(wrong.length ? [messages] : []), ...shown.counted.map(section));
  }
}

/** @param {Shown["counted"][number]} counted */
function section({ what, tokens, parts }) {
  const put = parts.filter(({ source }) => source !== "text");
  const text = parts.map(({ source, label, text }) =>
    source === "text" ? text : element("mark", { class: `put-in ${source}`, title: `${source} ${label}` }, text),
  );
  const rows = put.map(({ source, label, tokens }) => element("li", {}, `${source} ${label}: about ${tokens.toLocaleString("en")} tokens`));
  return element(
    "section",
    { "aria-label": what },
    element("h3", {}, `${what}, about ${tokens.toLocaleString("en")} tokens`),
    element("pre", { class: "prompt-text", tabindex: "0", "aria-label": what, dir: "auto" }, ...text),
    ...(rows.length ? [element("ul", { class: "preview-parts" }, ...rows)] : []),
  );
}
