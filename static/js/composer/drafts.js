/** What was typed and not yet sent, kept per user and conversation. */
export class Drafts {
  #prefix;

  /** @param {string | number} user */
  constructor(user) {
    this.#prefix = `draft:${user}:`;
  }

  /** @param {string | null} conversation */
  of(conversation) {
    return localStorage.getItem(this.#prefix + (conversation ?? "new")) ?? "";
  }

  /** @param {string | null} conversation @param {string} text */
  keep(conversation, text) {
    const key = this.#prefix + (conversation ?? "new");
    try {
      if (text) localStorage.setItem(key, text);
      else localStorage.removeItem(key);
    } catch {
      // A full store must not stop the user from typing.
    }
  }
}
