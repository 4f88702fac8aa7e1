import { conversations as fetched } from "conversation/http";

/**
 * What is known of the user's conversations, and which of them is open.
 *
 * @typedef {import("protocol").Entry} Entry
 */

const RENEWED = 200; // entries that are asked for again after a reconnect; those below come as they are scrolled to

export class Entries {
  /** @type {Map<string, Entry>} */
  #entries = new Map();
  #loading = false;
  /** @type {string | null} */
  current = null;
  /** @type {Set<string>} those that were heard of since all were last asked for */
  #heardOf = new Set();

  /** @param {{conversations: Entry[], more: string | null}} first */
  constructor({ conversations, more }) {
    this.more = more;
    for (const entry of conversations) this.#entries.set(entry.conversation, entry);
    this.onchange = () => {};
  }

  /** @param {string | null} id @returns {Entry | undefined} */
  get(id) {
    return id === null ? undefined : this.#entries.get(id);
  }

  /** Whether a reply runs anywhere. */
  get running() {
    return [...this.#entries.values()].some((entry) => entry.running);
  }

  /** Pinned ones first, then the newest. */
  get sorted() {
    return [...this.#entries.values()].sort((a, b) => Number(b.pinned) - Number(a.pinned) || b.updated.localeCompare(a.updated));
  }

  /** @param {string | null} conversation */
  setCurrent(conversation) {
    this.current = conversation;
    this.onchange();
  }

  /** @param {Entry} entry */
  put(entry) {
    if (entry.archived) return this.remove(entry.conversation);
    this.#heardOf.add(entry.conversation);
    this.#entries.set(entry.conversation, entry);
    this.onchange();
  }

  /** @param {string} conversation */
  remove(conversation) {
    this.#heardOf.add(conversation);
    this.#entries.delete(conversation);
    this.onchange();
  }

  /** Ask the server what there is: something may have been missed. */
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
    const open = this.get(this.current);
    if (open && more && !entries.has(open.conversation)) entries.set(open.conversation, open);
    for (const id of heardOf) {
      const entry = this.#entries.get(id);
      if (entry) entries.set(id, entry);
      else entries.delete(id);
    }
    this.#entries = entries;
    this.more = more;
    this.onchange();
  }

  async loadMore() {
    if (!this.more || this.#loading) return;
    this.#loading = true;
    const cursor = this.more;
    try {
      const { conversations, more } = await fetched(cursor);
      if (cursor !== this.more) return;
      for (const entry of conversations) if (!this.#entries.has(entry.conversation)) this.#entries.set(entry.conversation, entry);
      this.more = more;
      this.onchange();
    } catch {
      // The next scroll asks again.
    } finally {
      this.#loading = false;
    }
  }
}
