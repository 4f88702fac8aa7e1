import { localStore, tabStore } from "dom";

/**
 * Commands that the server has not acknowledged. They outlive a reload, and are sent again under the same id until it answers.
 *
 * @typedef {import("protocol").AnsweredCommand} Command
 * @typedef {{frame: Command, tab: string, time: number, files?: import("page").Part[]}} Waiting  `frame`: the command, by the name it has in
 *   storage already; `files`: those of its message, as they are shown.
 */

const ADOPTED_AFTER_MS = 20_000;

/** A new UUID; crypto.randomUUID exists only where the address is secure. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Code points, as the server counts. @param {string} text */
const characters = (text) => text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0);

/** This tab's own name; a reload keeps it. */
function tabName() {
  const name = tabStore.get("tab") ?? newId();
  tabStore.set("tab", name);
  return name;
}

export class Outbox {
  #key;
  #tab = tabName();
  /** @type {Map<string, Waiting>} */
  #waiting;
  #maxCharacters;

  /** @param {string | number} user @param {number} maxCharacters of a message */
  constructor(user, maxCharacters) {
    this.#maxCharacters = maxCharacters;
    this.#key = `outbox:${user}`;
    const old = Date.now() - ADOPTED_AFTER_MS;
    const mine = this.#kept().filter(({ tab, time }) => tab === this.#tab || time < old); // a closed tab's commands are adopted
    this.#waiting = new Map(mine.map((waiting) => [waiting.frame.id, waiting]));
  }

  get commands() {
    return [...this.#waiting.values()].map(({ frame }) => frame);
  }

  /** @param {string} id */
  get(id) {
    return this.#waiting.get(id)?.frame;
  }

  /** The longest that has a text. */
  get longest() {
    const written = this.commands.flatMap((command) => ("text" in command ? [command] : []));
    return written.sort((a, b) => b.text.length - a.text.length)[0];
  }

  /** Why the server would refuse this text, or "". @param {string} text */
  tooLong(text) {
    if (text.length <= this.#maxCharacters || characters(text) <= this.#maxCharacters) return "";
    return this.excess(text, `at most ${this.#maxCharacters.toLocaleString("en")} can be sent`);
  }

  /** How much more could be sent, where that isn't much; else "". In rough numbers, for it is read out as they change. @param {string} text */
  room(text) {
    const room = this.#maxCharacters - text.length;
    if (room < 0 || room > this.#maxCharacters / 10) return "";
    const step = room > 1_000 ? 1_000 : 100;
    return `Room for ${room < step ? `fewer than ${step}` : `about ${(Math.floor(room / step) * step).toLocaleString("en")}`} more characters.`;
  }

  /** @param {string} text */
  excess(text, limit = "something on the way to the server takes less") {
    return `This message has ${characters(text).toLocaleString("en")} characters, and ${limit}. Shorten it, or send it in pieces.`;
  }

  /** Those that come with the message of a command. @param {string} id */
  filesOf(id) {
    return this.#waiting.get(id)?.files ?? [];
  }

  /** @param {Command} command @param {import("page").Part[]} [files] */
  add(command, files = []) {
    this.#waiting.set(command.id, { frame: command, tab: this.#tab, time: Date.now(), files });
    this.#keep(command.id);
  }

  /** @param {string} id */
  remove(id) {
    if (this.#waiting.delete(id)) this.#keep(id);
  }

  /** @returns {Waiting[]} */
  #kept() {
    try {
      return JSON.parse(localStore.get(this.#key) ?? "[]");
    } catch {
      return [];
    }
  }

  /** @param {string} changed */
  #keep(changed) {
    const others = this.#kept().filter(({ frame }) => frame.id !== changed && !this.#waiting.has(frame.id));
    const all = [...others, ...this.#waiting.values()];
    if (all.length) localStore.set(this.#key, JSON.stringify(all));
    else localStore.remove(this.#key);
  }
}
