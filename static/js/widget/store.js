/**
 * What the widget keeps in the visitor's browser, for the host's origin. A browser that blocks it forgets the conversation with the page.
 *
 * @typedef {{id: string, text: string, pictures?: string[], conversation: string | null}} Unsent  a message of which it isn't known whether it arrived
 */

const SECRET_BYTES = 32;

export class Store {
  #prefix;
  /** @type {Map<string, string>} */
  #here = new Map();

  /** @param {string} key of the widget */
  constructor(key) {
    this.#prefix = `chat-widget:${key}:`;
  }

  /** By which the server knows this visitor; drawn when it is first asked for. */
  get secret() {
    const kept = this.#get("visitor");
    if (kept) return kept;
    const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
    const drawn = btoa(String.fromCharCode(...bytes))
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replace(/=+$/, "");
    this.#set("visitor", drawn);
    return drawn;
  }

  /** Whether there has been a visit before. */
  get isKnown() {
    return this.#get("visitor") !== null;
  }

  /** @returns {Unsent | null} */
  get unsent() {
    try {
      return JSON.parse(this.#get("unsent") ?? "null");
    } catch {
      return null;
    }
  }

  set unsent(message) {
    this.#set("unsent", message && JSON.stringify(message));
  }

  /** Whether the next message begins a conversation, although there is one. */
  get isFresh() {
    return this.#get("fresh") !== null;
  }

  set isFresh(fresh) {
    this.#set("fresh", fresh ? "1" : null);
  }

  /** Whether this tab shows the conversation: then the next page does. */
  get isOpen() {
    try {
      return sessionStorage.getItem(`${this.#prefix}open`) !== null;
    } catch {
      return false;
    }
  }

  set isOpen(open) {
    try {
      if (open) sessionStorage.setItem(`${this.#prefix}open`, "1");
      else sessionStorage.removeItem(`${this.#prefix}open`);
    } catch {
      // The next page begins closed.
    }
  }

  /** @param {string} name */
  #get(name) {
    try {
      return localStorage.getItem(this.#prefix + name) ?? this.#here.get(name) ?? null;
    } catch {
      return this.#here.get(name) ?? null;
    }
  }

  /** @param {string} name @param {string | null} value */
  #set(name, value) {
    if (value === null) this.#here.delete(name);
    else this.#here.set(name, value);
    try {
      if (value === null) localStorage.removeItem(this.#prefix + name);
      else localStorage.setItem(this.#prefix + name, value);
    } catch {
      // Kept for this page.
    }
  }
}
