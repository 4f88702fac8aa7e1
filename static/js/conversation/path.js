import { isRunning, localMessage } from "conversation/message";

/**
 * The messages from a conversation's first one, or the first that is loaded, to its last one on the branch that is shown. At the end there may be
 * some that the server doesn't know of yet.
 *
 * @typedef {import("page").Message} Message
 */
export class MessagePath {
  /** @type {Message[]} */
  path = [];
  older = false;

  get last() {
    return this.path.at(-1);
  }

  /** The id of the last message that the server knows. */
  get known() {
    return this.path.findLast((message) => !message.local)?.id;
  }

  get running() {
    return isRunning(this.last);
  }

  /** @param {string} id */
  find(id) {
    return this.path.findLast((message) => message.id === id); // what is spoken of is mostly at the end
  }

  /** Take the server's word for the end of the path. Messages that it doesn't know yet stay at the end. @param {import("page").Messages} excerpt */
  replace({ messages, older }) {
    const known = new Map(this.path.map((message) => [message.id, message]));
    const waiting = this.path.filter((message) => message.local && !messages.some(({ id }) => id === message.id));
    const first = messages.length ? this.path.findIndex((message) => message.id === messages[0]?.id) : -1;
    const above = first > 0 ? this.path.slice(0, first) : [];
    this.older = above.length ? this.older : older;
    this.path = [...above, ...messages.map((message) => merge(known.get(message.id), message)), ...waiting];
  }

  /** Nothing where another branch is shown by now. @param {import("page").Messages} excerpt what was above the first message */
  prepend({ messages, older }) {
    const known = new Set(this.path.map((message) => message.id));
    const above = messages.filter((message) => !known.has(message.id));
    if (above.length && above.at(-1)?.id !== this.path[0]?.parent) return;
    this.path = [...above, ...this.path];
    this.older = older;
  }

  /**
   * Show a question and its coming answer before the server has heard of them.
   *
   * @param {string} id
   * @param {string} text
   * @param {import("page").Part[]} [files]
   */
  addLocal(id, text, files = []) {
    const parent = this.last?.id ?? null;
    const parts = text ? [...files, { type: /** @type {const} */ ("text"), text }] : files;
    this.path.push(localMessage({ id, parent, role: "user", status: "complete", parts, key: id }));
    this.addLocalReply(id, id);
  }

  /** @param {string} id the command's @param {string | null} parent */
  addLocalReply(id, parent) {
    this.path.push(localMessage({ id: `${id}-reply`, parent, role: "assistant", status: "pending", key: `${id}-reply` }));
  }

  /** Leave the path before `id` for a branch that is about to be made. @param {string} id */
  cut(id) {
    const at = this.path.findIndex((message) => message.id === id);
    if (at >= 0) this.path.splice(at);
  }

  /** Have `message` behind the one at this place, instead of what was there. @param {number} at @param {Message} message */
  continue(at, message) {
    this.path = [...this.path.slice(0, at + 1), message];
  }

  /** The server has taken the command `id`: its messages get their real names. @param {string} id @param {string | null} message @param {string | null} reply */
  settle(id, message, reply) {
    for (const [local, real] of [
      [id, message],
      [`${id}-reply`, reply],
    ]) {
      const found = local ? this.find(local) : undefined;
      if (!found || !real) continue;
      const double = this.find(real);
      if (double && double !== found) this.path = this.path.filter((one) => one !== found);
      else Object.assign(found, { id: real, siblings: [real], local: false });
      for (const one of this.path) if (one.parent === local) one.parent = real;
    }
  }

  /** The server refused the command `id`. @param {string} id @returns {Message | undefined} the message that was not sent */
  discard(id) {
    const message = this.find(id);
    this.path = this.path.filter((message) => message.id !== id && message.id !== `${id}-reply`);
    return message;
  }
}

/** What is shown of a message goes on with what was fetched of it. @param {Message | undefined} known @param {Message} fresh */
export function merge(known, fresh) {
  if (!known) return fresh;
  const ahead = known.end >= fresh.end && fresh.status === known.status && isRunning(known); // what was fetched is older than what was streamed, or than what of it turned out to be reasoning
  return Object.assign(
    known,
    fresh,
    { local: false, missing: false, key: known.key ?? known.id },
    ahead ? { parts: known.parts, end: known.end } : {},
  );
}
