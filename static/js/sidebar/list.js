import { find } from "dom";
import { untilTomorrow } from "sidebar/days";
import { Rows } from "sidebar/rows";
import { Sections } from "sidebar/sections";

/**
 * The user's conversations in the sidebar, newest first, under headings: pinned, today, yesterday, the last week, then months.
 *
 * @typedef {import("protocol").Entry} Entry
 * @typedef {import("sidebar/entries").Entries} Entries
 * @typedef {import("sidebar/rows").Row} Row
 */

const NEAR_END_PX = 400;
const MAX_WAIT_MS = 60_000; // a computer that slept keeps no longer time

export class ConversationList {
  element = find(".sidebar .list");
  #rows = new Rows();
  #sections = new Sections(this.element);
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
    this.element.addEventListener("focusin", ({ target }) => this.#reach(this.#rows.of(/** @type {Element} */ (target))));
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
    const current = this.#rows.get(this.entries.current);
    if (current !== this.#current) {
      this.#current?.link.removeAttribute("aria-current");
      current?.link.setAttribute("aria-current", "page");
      this.#current = current;
    }
    if (!this.#reached?.element.isConnected) this.#reach(current ?? this.#rows.get(sorted[0]?.conversation));
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
      const { heading, element } = this.#rows.show(entry, newDay);
      const group = groups.get(heading);
      if (group) group.push(element);
      else groups.set(heading, [element]);
    }
    this.#sections.arrange(groups);
    this.#rows.keep(entries);
    if (within?.isConnected && within !== document.activeElement) within.focus(); // its row was moved
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
    const entry = this.#rows.of(target)?.entry;
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
    const row = this.#rows.of(target);
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
