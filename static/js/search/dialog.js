import { element, iconButton } from "dom";
import { isComposing } from "enter-key";
import { RequestFailed, request } from "requests/http";
import { optionsFor, recentOptions } from "search/options";
import { loadStylesheet } from "stylesheet";

/**
 * The dialog that searches the user's conversations while they type. The focus stays in the field; arrows move through what is found.
 *
 * @typedef {(conversation: string, message: string | null) => void} Choose
 */

/** @param {string} text @param {AbortSignal} signal @returns {Promise<{results: import("page").Found[]}>} best first */
const search = (text, signal) => request(`search/?q=${encodeURIComponent(text)}`, { signal });

const PAUSE_MS = 150; // between two keys of a quick typist, nothing is asked for
let opening = false;

/** @param {import("sidebar/entries").Entries} entries @param {Choose} choose */
export async function openSearch(entries, choose) {
  if (opening || document.querySelector("dialog[open]")) return;
  opening = true;
  try {
    await loadStylesheet("search");
    new SearchDialog(entries, choose);
  } finally {
    opening = false;
  }
}

class SearchDialog {
  #field = element("input", {
    ...{ type: "text", role: "combobox", "aria-label": "Search chats", "aria-controls": "found", "aria-expanded": "true" },
    ...{
      "aria-autocomplete": "list",
      placeholder: "Search chats",
      autocomplete: "off",
      enterkeyhint: "search",
      dir: "auto",
      maxlength: "400",
    },
  });
  #list = element("div", { id: "found", role: "listbox", "aria-label": "Found", class: "scroll" });
  #status = element("p", { role: "status" });
  #asking = new AbortController();
  #timer = 0;
  #active = -1;

  /** @param {import("sidebar/entries").Entries} entries @param {Choose} choose */
  constructor(entries, choose) {
    this.entries = entries;
    this.choose = choose;
    const close = iconButton("x", "Close");
    const head = element("div", { class: "head" }, this.#field, close);
    this.dialog = element("dialog", { class: "search", "aria-label": "Search chats", closedby: "any" }, head, this.#status, this.#list);
    document.body.append(this.dialog);
    close.addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("close", () => (this.#asking.abort(), clearTimeout(this.#timer), this.dialog.remove()));
    this.dialog.addEventListener("click", (event) => this.#clicked(event));
    this.#field.addEventListener("input", () => this.#typed());
    this.#field.addEventListener("keydown", (event) => this.#pressed(event));
    this.#show(recentOptions(entries.sorted), "");
    this.dialog.showModal();
    this.#field.focus();
  }

  get #options() {
    return /** @type {HTMLAnchorElement[]} */ ([...this.#list.querySelectorAll('[role="option"]')]);
  }

  #typed() {
    clearTimeout(this.#timer);
    this.#asking.abort();
    if (this.#field.value.trim()) this.#timer = setTimeout(() => void this.#ask(this.#field.value), PAUSE_MS);
    else this.#show(recentOptions(this.entries.sorted), "");
  }

  /** @param {string} text */
  async #ask(text) {
    const asking = (this.#asking = new AbortController());
    try {
      const { results } = await search(text, asking.signal);
      if (asking.signal.aborted) return;
      const found = results.length === 1 ? "1 result" : `${results.length} results`;
      this.#show(optionsFor(results), results.length ? found : `Nothing found for “${text.trim()}”.`, !results.length);
    } catch (error) {
      if (asking.signal.aborted || !(error instanceof RequestFailed)) return;
      const offline = "You are offline, or the server can’t be reached. Searching works again when it is back.";
      this.#show([], error.status ? error.message : offline, true);
    }
  }

  /** @param {HTMLElement[]} groups @param {string} status @param {boolean} [visible] whether the status is shown, not only read out */
  #show(groups, status, visible = false) {
    this.#list.replaceChildren(...groups);
    this.#list.hidden = !groups.length;
    this.#status.textContent = status;
    this.#status.className = visible ? "" : "for-readers";
    this.#list.scrollTop = 0;
    this.#options.forEach((option, index) => (option.id = `found-${index}`));
    this.#activate(groups.length && this.#field.value.trim() ? 0 : -1);
  }

  /** @param {number} index */
  #activate(index) {
    const options = this.#options;
    this.#active = options.length ? index : -1;
    options.forEach((option, at) => option.setAttribute("aria-selected", String(at === this.#active)));
    const option = options[this.#active];
    if (option) this.#field.setAttribute("aria-activedescendant", option.id);
    else this.#field.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (isComposing(event)) return;
    const { length } = this.#options;
    if (event.key === "ArrowDown" && length) this.#activate((this.#active + 1) % length);
    else if (event.key === "ArrowUp" && length) this.#activate(this.#active > 0 ? this.#active - 1 : length - 1);
    else if (event.key === "Enter") this.#open(this.#options[this.#active], event.ctrlKey || event.metaKey);
    else return;
    event.preventDefault();
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const option = /** @type {HTMLAnchorElement | null} */ (/** @type {Element} */ (event.target).closest('a[role="option"]'));
    if (!option || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.#open(option, false);
  }

  /** @param {HTMLAnchorElement | undefined} option @param {boolean} inNewTab */
  #open(option, inNewTab) {
    const { conversation, message } = option?.dataset ?? {};
    if (!option || !conversation) return;
    if (inNewTab) return void window.open(option.href, "_blank", "noopener");
    this.dialog.close();
    this.choose(conversation, message ?? null);
  }
}
