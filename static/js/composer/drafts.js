import { localStore } from "dom";

/** What was typed and not yet sent, kept per user and conversation. */
export class Drafts {
  #prefix;

  /** @param {string | number} user */
  constructor(user) {
    this.#prefix = `draft:${user}:`;
  }

  /** @param {string | null} conversation */
  of(conversation) {
    return localStore.get(this.#prefix + (conversation ?? "new")) ?? "";
  }

  /** The keys of the files that are attached to it. @param {string | null} conversation @returns {string[]} */
  filesOf(conversation) {
    return this.of(`files:${conversation ?? "new"}`)
      .split(" ")
      .filter(Boolean);
  }

  /** @param {string | null} conversation @param {string[]} keys */
  keepFiles(conversation, keys) {
    this.keep(`files:${conversation ?? "new"}`, keys.join(" "));
  }

  /** @param {string | null} conversation @param {string} text */
  keep(conversation, text) {
    const key = this.#prefix + (conversation ?? "new");
    if (text) localStore.set(key, text);
    else localStore.remove(key);
  }
}
