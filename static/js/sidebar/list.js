import { element, find, iconButton, root } from "dom";

/**
 * The user's conversations in the sidebar, newest first, under headings: pinned, today, yesterday, the last week, then months.
 *
 * @typedef {import("protocol").Entry} Entry
 * @typedef {import("sidebar/entries").Entries} Entries
 */

const UNTITLED = "New chat";
const NEAR_END_PX = 400;
const ROWS_TOGETHER = 50;
const ROW_REM = 2.28;
const MAX_WAIT_MS = 60_000; // a computer that slept keeps no longer time
// Not by Intl.DateTimeFormat, whose first use takes longer than all else that this page's scripts do at their start.
const MONTHS = "January February March April May June July August September October November December".split(" ");

/**
 * A conversation's row, and what it shows of it.
 *
 * @typedef {{element: HTMLElement, link: HTMLAnchorElement, title: HTMLElement, more: HTMLElement, entry: Entry | null, heading: string}} Row
 */

export class ConversationList {
  element = find(".sidebar .list");
  /** @type {Map<string, Row>} */
  #rows = new Map();
  /** @type {Map<string, {element: HTMLElement, list: HTMLElement}>} by heading and number */
  #sections = new Map();
  /** @type {Entry[]} what is shown */
  #shown = [];
  /** @type {Row | undefined} the one that is open */
  #current;
  /** @type {Row | undefined} the one that Tab comes to; the arrow keys go on from there */
  #reached;
  #planned = false;
  /** On which day the headings were true. */
  #day = "";
  /** Called when the rows were drawn. */
  ondrawn = () => {};

  /** @param {Entries} entries @param {{open: (conversation: string | null) => void, menu: (entry: Entry, button: HTMLElement) => void}} handlers */
  constructor(entries, handlers) {
    this.entries = entries;
    this.handlers = handlers;
    entries.onchange = () => this.#plan();
    this.element.addEventListener("click", (event) => this.#clicked(event));
    this.element.addEventListener("keydown", (event) => this.#pressed(event));
    this.element.addEventListener("focusin", ({ target }) => this.#reach(this.#rowOf(/** @type {Element} */ (target))));
    this.element.addEventListener("scroll", () => this.#loadMore(), { passive: true });
    this.#followDays(); // which draws it, with the next frame: that one can write comes first
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

  /** Only what is different is touched: thousands of rows may be here. */
  #draw() {
    this.#planned = false;
    const today = new Date().toDateString();
    const { sorted } = this.entries;
    if (sorted !== this.#shown || today !== this.#day) this.#arrange(sorted, today !== this.#day);
    this.#shown = sorted;
    this.#day = today;
    const current = this.#rows.get(this.entries.current ?? "");
    if (current !== this.#current) {
      this.#current?.link.removeAttribute("aria-current");
      current?.link.setAttribute("aria-current", "page");
      this.#current = current;
    }
    if (!this.#reached?.element.isConnected) this.#reach(current ?? this.#rows.get(sorted[0]?.conversation ?? ""));
    this.ondrawn();
    if (this.entries.more) requestAnimationFrame(() => setTimeout(() => this.#loadMore())); // once the browser has laid out the page by itself
  }

  /** @param {Entry[]} entries @param {boolean} newDay */
  #arrange(entries, newDay) {
    const focused = /** @type {HTMLElement | null} */ (document.activeElement);
    const within = this.element.contains(focused) ? focused : null;
    /** @type {Map<string, HTMLElement[]>} */
    const groups = new Map();
    for (const entry of entries) {
      const { heading, element } = this.#row(entry, newDay);
      const group = groups.get(heading);
      if (group) group.push(element);
      else groups.set(heading, [element]);
    }
    const sections = [...groups].flatMap(([heading, rows]) => this.#sectionsOf(heading, rows));
    place(
      this.element,
      sections.map(({ element }) => element),
    );
    for (const { list, rows } of sections) place(list, rows);
    for (const [key, section] of this.#sections) if (!section.element.isConnected) this.#sections.delete(key);
    const known = new Set(entries.map((entry) => entry.conversation));
    for (const id of this.#rows.keys()) if (!known.has(id)) this.#rows.delete(id);
    if (within?.isConnected && within !== document.activeElement) within.focus(); // its row was moved
  }

  /** Many rows are cut into several sections, for the browser leaves out those that are out of sight. @param {string} heading @param {HTMLElement[]} rows */
  #sectionsOf(heading, rows) {
    const found = [];
    for (let at = 0; at < rows.length; at += ROWS_TOGETHER) {
      const key = `${heading} ${at}`;
      const list = this.#sections.get(key)?.list ?? element("ul");
      const made = this.#sections.get(key)?.element ?? element("section", {}, ...(at ? [] : [element("h2", {}, heading)]), list);
      const some = rows.slice(at, at + ROWS_TOGETHER);
      made.style.containIntrinsicBlockSize = `auto ${some.length * ROW_REM}rem`; // until it was in sight once
      this.#sections.set(key, { element: made, list });
      found.push({ element: made, list, rows: some });
    }
    return found;
  }

  /** @param {Entry} entry @param {boolean} newDay @returns {Row} */
  #row(entry, newDay) {
    const row = this.#rows.get(entry.conversation) ?? this.#newRow(entry.conversation);
    if (newDay || row.entry !== entry) row.heading = entry.pinned ? "Pinned" : dayHeading(entry.updated);
    if (row.entry === entry) return row;
    const title = entry.title || UNTITLED;
    if (row.title.textContent !== title) {
      row.title.textContent = row.link.title = title;
      row.more.setAttribute("aria-label", `More for ${title}`);
    }
    row.element.toggleAttribute("data-live", entry.running);
    row.entry = entry;
    return row;
  }

  /** @param {string} id @returns {Row} */
  #newRow(id) {
    const title = element("span", { class: "title", dir: "auto" });
    const link = element("a", { href: `${root}c/${id}/`, tabindex: "-1" }, title);
    const more = iconButton("ellipsis", "More", { "aria-haspopup": "menu", tabindex: "-1" });
    const made = {
      element: element("li", { class: "row", "data-conversation": id }, link, more),
      link,
      title,
      more,
      entry: null,
      heading: "",
    };
    this.#rows.set(id, made);
    return made;
  }

  /** @param {Element} target */
  #rowOf(target) {
    return this.#rows.get(/** @type {HTMLElement | null} */ (target.closest("[data-conversation]"))?.dataset.conversation ?? "");
  }

  /** Of all the rows one is in the order of Tab. @param {Row | undefined} row */
  #reach(row) {
    if (!row || row === this.#reached) return;
    for (const part of this.#reached ? [this.#reached.link, this.#reached.more] : []) part.tabIndex = -1;
    row.link.tabIndex = row.more.tabIndex = 0;
    this.#reached = row;
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const target = /** @type {Element} */ (event.target);
    const entry = this.#rowOf(target)?.entry;
    if (!entry) return;
    const button = target.closest("button.icon-button");
    if (button) this.handlers.menu(entry, /** @type {HTMLElement} */ (button));
    else if (target.closest("a") && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      this.handlers.open(entry.conversation);
    }
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const target = /** @type {Element} */ (event.target);
    const row = this.#rowOf(target);
    if (!row || target.closest("input, [role=menu]") || event.altKey || event.ctrlKey || event.metaKey) return;
    const rows = [...this.element.querySelectorAll(".row")];
    const at = rows.indexOf(row.element);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    const next = to === undefined ? undefined : rows[to];
    if (!next) return;
    event.preventDefault();
    find(target.closest("button") ? "button" : "a", next).focus();
  }

  #loadMore() {
    if (!this.entries.more) return; // first, for measuring may make the browser lay out the page
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    if (scrollHeight - scrollTop - clientHeight <= NEAR_END_PX) void this.entries.loadMore();
  }
}

/** Make `wanted` the children of `parent`; those that stand right are left alone. @param {HTMLElement} parent @param {HTMLElement[]} wanted */
function place(parent, wanted) {
  const kept = new Set(wanted);
  for (const child of [...parent.children]) if (!kept.has(/** @type {HTMLElement} */ (child))) child.remove();
  let next = parent.firstElementChild;
  for (const child of wanted) {
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
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
  const month = MONTHS[date.getMonth()] ?? "";
  return date.getFullYear() === now.getFullYear() ? month : `${month} ${date.getFullYear()}`;
}

/** Milliseconds until the next day begins here; a day has 23 to 25 hours. @param {Date} now */
export const untilTomorrow = (now) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1).getTime() - now.getTime();
