import { localStore } from "dom";

/**
 * Messages that were written while an answer runs, and wait for its end. They outlive a reload, and all tabs have the same. Each has the id
 * of the command that will send it: where two tabs do so in the same moment, the server takes it once.
 *
 * @typedef {import("conversation/state").ConversationState} State
 * @typedef {{text: string, files?: string[], prompt?: string | null, variables?: Record<string, import("page").Value> | null,
 *   picture?: import("protocol").Wish | null}} Written
 *   `files`: the keys of what is attached; `prompt` and `variables`: for a new conversation; `picture`: what is to be made of it
 * @typedef {Written & {id: string, conversation: string | null, after: string, time: number, now?: boolean}} Queued
 *   `after`: the reply that it waits for, "" where nothing was said before; `now`: send it however that ends
 */

const FRESH_MS = 60 * 60_000; // what was written longer ago is sent only when the user says so again

export class Queue {
  #key;
  #stored = "[]";
  /** @type {Queued[]} */
  #items = [];
  #blocked = false;

  /** @param {string | number} user @param {import("attachments/records").FileRecords} files */
  constructor(user, files) {
    this.files = files;
    this.#key = `queued:${user}`;
  }

  /** Calls back when another tab has changed it. @param {() => void} callback */
  onchange(callback) {
    addEventListener("storage", ({ key }) => key === this.#key && callback());
  }

  /** Those that belong to this conversation, in the order in which they are to be sent. @param {State} state */
  of(state) {
    this.#follow(state);
    const mine = this.#read().filter((one) =>
      state.id ? one.conversation === state.id : !one.conversation && (state.find(one.after) || !one.after),
    );
    return mine.sort((a, b) => Number(b.now ?? false) - Number(a.now ?? false) || a.time - b.time);
  }

  /** Why it doesn't go by itself once nothing runs. @param {Queued} item @param {State} state @returns {"" | "file" | "upload" | "age" | "branch" | "failure"} */
  obstacle(item, state) {
    const { files = [] } = item;
    const records = this.files.all(files);
    if (records.length < files.length || records.some((one) => one.state === "failed")) return "file";
    if (records.some((one) => one.state === "uploading")) return "upload";
    if (Date.now() - item.time >= FRESH_MS) return "age";
    if (item.now || !item.after) return "";
    if (!state.find(item.after)) return "branch";
    return state.running || ["complete", "stopped"].includes(state.last?.status ?? "") ? "" : "failure";
  }

  /** @param {Queued} item */
  add(item) {
    this.#write([...this.#read(), item]);
  }

  /** @param {string} id @returns {Queued | undefined} undefined where another tab was faster */
  remove(id) {
    const item = this.#read().find((one) => one.id === id);
    if (item) this.#write(this.#read().filter((one) => one.id !== id));
    return item;
  }

  /** As `remove`, for it is about to be sent: the others of its conversation wait for its answer from now on. @param {string} id */
  take(id) {
    const item = this.#read().find((one) => one.id === id);
    if (!item) return undefined;
    const others = this.#read().filter((one) => one !== item);
    // In one write: between two, another tab would send the next one.
    this.#write(others.map((one) => (one.conversation === item.conversation ? { ...one, after: `${id}-reply` } : one)));
    return item;
  }

  /** @param {string} id */
  sendNow(id) {
    this.#change((one) => (one.id === id ? { ...one, now: true, time: Date.now() } : one));
  }

  /** What they wait for, and the conversation, have got their ids meanwhile. @param {State} state */
  #follow(state) {
    this.#change((one) => {
      const reply = state.path.findLast(({ id, key }) => one.after === key || one.after === id);
      if (!reply || !state.id || (reply.id === one.after && one.conversation)) return one;
      return { ...one, after: reply.id, conversation: state.id };
    });
  }

  /** @param {(item: Queued) => Queued} change answers the same one where nothing is to be changed */
  #change(change) {
    const before = this.#read();
    const after = before.map(change);
    if (after.some((one, index) => one !== before[index])) this.#write(after);
  }

  #read() {
    const stored = localStore.get(this.#key) ?? "[]";
    if (this.#blocked || stored === this.#stored) return this.#items;
    this.#stored = stored;
    try {
      this.#items = JSON.parse(stored);
    } catch {
      this.#items = [];
    }
    return this.#items;
  }

  /** @param {Queued[]} items */
  #write(items) {
    this.#items = items;
    this.#stored = JSON.stringify(items);
    if (items.length) localStore.set(this.#key, this.#stored);
    else localStore.remove(this.#key);
    this.#blocked = (localStore.get(this.#key) ?? "[]") !== this.#stored; // kept as long as the page, then
  }
}
