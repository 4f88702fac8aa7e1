/**
 * Commands that the server has not acknowledged. They outlive a reload, and are sent again under the same id until it answers.
 *
 * @typedef {{frame: import("page").Frame, tab: string, time: number}} Waiting
 */

const ADOPT_AFTER = 20_000;

/** A new UUID; crypto.randomUUID exists only where the address is secure. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (/** @type {number} */ (bytes[6]) & 0x0f) | 0x40;
  bytes[8] = (/** @type {number} */ (bytes[8]) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** This tab's own name; a reload keeps it. */
function tabName() {
  const name = sessionStorage.getItem("tab") ?? newId();
  sessionStorage.setItem("tab", name);
  return name;
}

export class Outbox {
  #key;
  #tab = tabName();

  /** @param {string | number} user */
  constructor(user) {
    this.#key = `outbox:${user}`;
  }

  /** This tab's commands, and those that a closed tab left behind. */
  get frames() {
    const old = Date.now() - ADOPT_AFTER;
    return this.#read()
      .filter((waiting) => waiting.tab === this.#tab || waiting.time < old)
      .map((waiting) => waiting.frame);
  }

  /** @param {import("page").Frame} frame */
  add(frame) {
    this.#write([...this.#read(), { frame, tab: this.#tab, time: Date.now() }]);
  }

  /** @param {string} id */
  get(id) {
    return this.#read().find(({ frame }) => frame.id === id)?.frame;
  }

  /** @param {string} id */
  remove(id) {
    const all = this.#read();
    if (all.some(({ frame }) => frame.id === id)) this.#write(all.filter(({ frame }) => frame.id !== id));
  }

  /** @returns {Waiting[]} */
  #read() {
    try {
      return JSON.parse(localStorage.getItem(this.#key) ?? "[]");
    } catch {
      return [];
    }
  }

  /** @param {Waiting[]} all */
  #write(all) {
    if (all.length) localStorage.setItem(this.#key, JSON.stringify(all));
    else localStorage.removeItem(this.#key);
  }
}
