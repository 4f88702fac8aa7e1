import { conversations as fetched } from "requests/conversations";

/**
 * What is known of the user's conversations, and which of them is open. Of the archived ones only those are known that were opened or changed.
 *
 * @typedef {import("protocol").Entry} Entry
 */

const RENEWED = 200; // entries that are asked for again after a reconnect; those below come as they are scrolled to

export class Entries {
  /** @type {Map<string, Entry>} */
  #entries = new Map();
  /** @type {Entry[] | null} */
  #sorted = null;
  #loading = false;
  /** @type {string | null} */
  current = null;
  /** @type {Set<string>} those that were heard of since all were last asked for */
  #heardOf = new Set();

  /** @param {{conversations: Entry[], more: string | null, conversation: Entry | null}} first */
  constructor({ conversations, more, conversation }) {
    this.more = more;
    for (const entry of conversation ? [conversation, ...conversations] : conversations) this.#entries.set(entry.conversation, entry);
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

  /** Those in the list: pinned ones first, then the newest. It stays the same array until one of them changes. */
  get sorted() {
    return (this.#sorted ??= [...this.#entries.values()].filter((entry) => !entry.archived).sort(byPlace));
  }

  #changed() {
    this.#sorted = null;
    this.onchange();
  }

  /** @param {string | null} conversation */
  setCurrent(conversation) {
    this.current = conversation;
    this.onchange();
  }

  /** @param {Entry} entry */
  put(entry) {
    this.#heardOf.add(entry.conversation);
    const known = this.get(entry.conversation);
    if (known && isSame(known, entry)) return;
    this.#entries.set(entry.conversation, entry);
    this.#changed();
  }

  /**
   * What the server answers about a conversation: its entry counts, unless a newer one was heard of while it was asked.
   *
   * @template {{conversation: Entry}} Answer
   * @param {string} id
   * @param {Promise<Answer>} asked
   */
  async answered(id, asked) {
    const known = this.get(id);
    const answer = await asked;
    if (this.get(id) === known) this.put(answer.conversation);
    return answer;
  }

  /** @param {string} conversation */
  remove(conversation) {
    this.#heardOf.add(conversation);
    this.#entries.delete(conversation);
    this.#changed();
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
    if (open && (more || open.archived) && !entries.has(open.conversation)) entries.set(open.conversation, open);
    for (const id of heardOf) {
      const entry = this.#entries.get(id);
      if (entry) entries.set(id, entry);
      else entries.delete(id);
    }
    this.#entries = entries;
    this.more = more;
    this.#changed();
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
      this.#changed();
    } catch {
      // The next scroll asks again.
    } finally {
      this.#loading = false;
    }
  }
}

/** @param {Entry} a @param {Entry} b */
const isSame = (a, b) => /** @type {(keyof Entry)[]} */ (Object.keys(a)).every((name) => a[name] === b[name]);

/** @param {Entry} a @param {Entry} b */
function byPlace(a, b) {
  if (a.pinned !== b.pinned) return a.pinned ? -1 : 1;
  return a.updated < b.updated ? 1 : a.updated > b.updated ? -1 : 0;
}
