import { element, find, iconButton, root } from "dom";

/**
 * The user's conversations in the sidebar, newest first, under headings: today, yesterday, the last week, then months.
 *
 * @typedef {import("protocol").Entry} Entry
 * @typedef {import("sidebar/entries").Entries} Entries
 */

const UNTITLED = "New chat";
const NEAR_END_PX = 400;
const MAX_WAIT_MS = 60_000; // a computer that slept keeps no longer time
const month = new Intl.DateTimeFormat("en", { month: "long" });
const monthAndYear = new Intl.DateTimeFormat("en", { month: "long", year: "numeric" });

export class ConversationList {
  #element = find(".sidebar .list");
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map();
  #planned = false;
  /** On which day the headings were true. */
  #day = "";

  /** @param {Entries} entries @param {(conversation: string | null) => void} onopen */
  constructor(entries, onopen) {
    this.entries = entries;
    entries.onchange = () => this.#plan();
    this.#element.addEventListener("click", (event) => this.#clicked(event, onopen));
    this.#element.addEventListener("scroll", () => this.#loadMore(), { passive: true });
    this.#draw();
    this.#followDays();
    document.addEventListener("visibilitychange", () => this.#checkDay());
  }

  #followDays() {
    this.#checkDay();
    setTimeout(() => this.#followDays(), Math.min(untilTomorrow(new Date()), MAX_WAIT_MS));
  }

  #checkDay() {
    if (this.#day !== new Date().toDateString()) this.#plan();
  }

  #plan() {
    if (!this.#planned) requestAnimationFrame(() => this.#draw());
    this.#planned = true;
  }

  #draw() {
    this.#planned = false;
    this.#day = new Date().toDateString();
    const focused = document.activeElement?.closest?.("[data-conversation]");
    const { sorted } = this.entries;
    /** @type {Map<string, Entry[]>} */
    const groups = new Map();
    for (const entry of sorted) {
      const heading = entry.pinned ? "Pinned" : dayHeading(entry.updated);
      const group = groups.get(heading);
      if (group) group.push(entry);
      else groups.set(heading, [entry]);
    }
    const sections = [...groups].map(([heading, entries]) => {
      const list = element("ul", {}, ...entries.map((entry) => this.#row(entry)));
      return element("section", {}, element("h2", {}, heading), list);
    });
    const top = this.#element.scrollTop;
    this.#element.replaceChildren(...sections);
    this.#element.scrollTop = top;
    for (const id of this.#rows.keys()) if (!this.entries.get(id)) this.#rows.delete(id);
    if (focused?.isConnected && !focused.contains(document.activeElement)) focused.querySelector("a")?.focus();
    this.#loadMore();
  }

  /** @param {Entry} entry */
  #row(entry) {
    let row = this.#rows.get(entry.conversation);
    if (!row) {
      const link = element("a", { href: `${root}c/${entry.conversation}/` }, element("span", { class: "title", dir: "auto" }));
      row = element(
        "li",
        { class: "row", "data-conversation": entry.conversation },
        link,
        iconButton("ellipsis", "More", { "aria-haspopup": "menu" }),
      );
      this.#rows.set(entry.conversation, row);
    }
    const title = entry.title || UNTITLED;
    const label = find(".title", row);
    if (label.textContent !== title) label.textContent = title;
    find("a", row).title = title;
    find("button", row).setAttribute("aria-label", `More for ${title}`);
    row.toggleAttribute("data-live", entry.running);
    if (entry.conversation === this.entries.current) find("a", row).setAttribute("aria-current", "page");
    else find("a", row).removeAttribute("aria-current");
    return row;
  }

  /** @param {MouseEvent} event @param {(conversation: string | null) => void} onopen */
  #clicked(event, onopen) {
    const target = /** @type {Element} */ (event.target);
    const id = /** @type {HTMLElement | null} */ (target.closest("[data-conversation]"))?.dataset.conversation;
    const entry = this.entries.get(id ?? null);
    if (!id || !entry) return;
    const button = target.closest("button.icon-button");
    if (button) {
      void import("sidebar/row-menu").then(({ openRowMenu }) =>
        openRowMenu(this.entries, entry, /** @type {HTMLElement} */ (button), onopen),
      );
    } else if (target.closest("a") && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      onopen(id);
    }
  }

  #loadMore() {
    if (!this.entries.more) return; // first, for measuring makes the browser lay out the page
    const { scrollTop, scrollHeight, clientHeight } = this.#element;
    if (scrollHeight - scrollTop - clientHeight <= NEAR_END_PX) void this.entries.loadMore();
  }
}

/** @param {Date} date */
const dayNumber = (date) => Math.floor((date.getTime() - date.getTimezoneOffset() * 60_000) / 86_400_000);

/** @param {string} updated @param {Date} [now] */
export function dayHeading(updated, now = new Date()) {
  const date = new Date(updated);
  const days = dayNumber(now) - dayNumber(date);
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days <= 7) return "Previous 7 days";
  return (date.getFullYear() === now.getFullYear() ? month : monthAndYear).format(date);
}

/** Milliseconds until the next day begins here; a day has 23 to 25 hours. @param {Date} now */
export const untilTomorrow = (now) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1).getTime() - now.getTime();
