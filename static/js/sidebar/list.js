import { conversations as fetched } from "conversation/http";
import { element, find, iconButton } from "dom";
import { dayHeading } from "sidebar/days";

/**
 * The person's conversations, newest first, under headings by day.
 *
 * @typedef {import("protocol").Entry} Entry
 */

const UNTITLED = "New chat";
const RENEWED = 200; // rows that are asked for again after the connection was away; those below come as they are scrolled to

export class ConversationList {
  #element = find(".sidebar .list");
  /** @type {Map<string, Entry>} */
  #entries = new Map();
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map();
  #planned = false;
  #loading = false;
  /** @type {string | null} */
  current = null;
  /** @type {Set<string>} those that were heard of since the rows were last asked for */
  #heardOf = new Set();

  /**
   * @param {{conversations: Entry[], more: string | null}} first
   * @param {(conversation: string | null) => void} onopen
   */
  constructor({ conversations, more }, onopen) {
    this.more = more;
    for (const entry of conversations) this.#entries.set(entry.conversation, entry);
    this.#element.addEventListener("click", (event) => this.#clicked(event, onopen));
    this.#element.addEventListener("scroll", () => this.#loadMore(), { passive: true });
    this.#draw();
  }

  /** @param {string | null} id @returns {Entry | undefined} */
  entry(id) {
    return id === null ? undefined : this.#entries.get(id);
  }

  /** Whether an answer runs anywhere. */
  get running() {
    return [...this.#entries.values()].some((entry) => entry.running);
  }

  /** @param {string | null} conversation */
  setCurrent(conversation) {
    this.current = conversation;
    this.#plan();
  }

  /** @param {Entry} entry */
  put(entry) {
    if (entry.archived) return this.remove(entry.conversation);
    this.#heardOf.add(entry.conversation);
    this.#entries.set(entry.conversation, entry);
    this.#plan();
  }

  /** @param {string} conversation */
  remove(conversation) {
    this.#heardOf.add(conversation);
    this.#entries.delete(conversation);
    this.#plan();
  }

  /** Take the server's word for what is here: something may have been missed. */
  async renew() {
    const heardOf = (this.#heardOf = new Set());
    /** @type {Entry[]} */
    const rows = [];
    /** @type {string | null} */
    let more = null;
    do {
      const page = await fetched(more);
      rows.push(...page.conversations);
      more = page.more;
    } while (more && rows.length < Math.min(RENEWED, this.#entries.size));
    if (heardOf !== this.#heardOf) return; // asked for again meanwhile
    const entries = new Map(rows.map((entry) => [entry.conversation, entry]));
    const open = this.entry(this.current);
    if (open && more && !entries.has(open.conversation)) entries.set(open.conversation, open);
    for (const id of heardOf) {
      const entry = this.#entries.get(id);
      if (entry) entries.set(id, entry);
      else entries.delete(id);
    }
    this.#entries = entries;
    this.more = more;
    this.#plan();
  }

  #plan() {
    if (!this.#planned) requestAnimationFrame(() => this.#draw());
    this.#planned = true;
  }

  #draw() {
    this.#planned = false;
    const focused = document.activeElement?.closest?.("[data-conversation]");
    const sorted = [...this.#entries.values()].sort((a, b) => Number(b.pinned) - Number(a.pinned) || b.updated.localeCompare(a.updated));
    const groups = Map.groupBy(sorted, (entry) => (entry.pinned ? "Pinned" : dayHeading(entry.updated)));
    const sections = [...groups].map(([heading, entries]) => {
      const list = element("ul", {}, ...entries.map((entry) => this.#row(entry)));
      return element("section", {}, element("h2", {}, heading), list);
    });
    const top = this.#element.scrollTop;
    this.#element.replaceChildren(...sections);
    this.#element.scrollTop = top;
    for (const id of this.#rows.keys()) if (!this.#entries.has(id)) this.#rows.delete(id);
    if (focused?.isConnected && !focused.contains(document.activeElement)) focused.querySelector("a")?.focus();
    this.#loadMore();
  }

  /** @param {Entry} entry */
  #row(entry) {
    let row = this.#rows.get(entry.conversation);
    if (!row) {
      const link = element("a", { href: `/c/${entry.conversation}/` }, element("span", { class: "title" }));
      row = element("li", { class: "row", "data-conversation": entry.conversation }, link, iconButton("ellipsis", "More", { "aria-haspopup": "menu" }));
      this.#rows.set(entry.conversation, row);
    }
    const title = entry.title || UNTITLED;
    const label = find(".title", row);
    if (label.textContent !== title) label.textContent = title;
    find("a", row).title = title;
    find("button", row).setAttribute("aria-label", `More for ${title}`);
    row.toggleAttribute("data-live", entry.running);
    if (entry.conversation === this.current) find("a", row).setAttribute("aria-current", "page");
    else find("a", row).removeAttribute("aria-current");
    return row;
  }

  /** @param {MouseEvent} event @param {(conversation: string | null) => void} onopen */
  #clicked(event, onopen) {
    const target = /** @type {Element} */ (event.target);
    const id = /** @type {HTMLElement | null} */ (target.closest("[data-conversation]"))?.dataset.conversation;
    const entry = id && this.#entries.get(id);
    if (!entry) return;
    const button = target.closest("button.icon-button");
    if (button) {
      void import("sidebar/row-menu").then(({ openRowMenu }) => openRowMenu(this, entry, /** @type {HTMLElement} */ (button), onopen));
    } else if (target.closest("a") && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      onopen(id);
    }
  }

  async #loadMore() {
    if (!this.more || this.#loading) return;
    const { scrollTop, scrollHeight, clientHeight } = this.#element;
    if (scrollHeight - scrollTop - clientHeight > 400) return;
    this.#loading = true;
    const cursor = this.more;
    try {
      const { conversations, more } = await fetched(cursor);
      if (cursor !== this.more) return;
      for (const entry of conversations) if (!this.#entries.has(entry.conversation)) this.#entries.set(entry.conversation, entry);
      this.more = more;
      this.#plan();
    } catch {
      // The next scroll asks again.
    } finally {
      this.#loading = false;
    }
  }
}
