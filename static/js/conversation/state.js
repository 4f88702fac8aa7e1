import { fit } from "conversation/offsets";

/**
 * What is known of the open conversation: the chosen path through its tree, kept true to the server by positions.
 * Pure: it touches neither the page nor the network.
 *
 * @typedef {import("page").Message} Message
 * @typedef {import("conversation/offsets").Outcome} Outcome
 */

/** @param {Message | undefined} message */
export const isRunning = (message) => message?.role === "assistant" && (message.status === "pending" || message.status === "streaming");

/** Whether it stands for a file that the user attached. @param {import("page").Part} part */
export const isFile = ({ type }) => type === "image" || type === "file";

/**
 * A message that only this page knows of so far.
 *
 * @param {Partial<Message> & Pick<Message, "id" | "role" | "status">} fields
 * @returns {Message}
 */
export function localMessage(fields) {
  return {
    conversation: null,
    parent: null,
    parts: [],
    end: 0,
    siblings: [fields.id],
    model: "",
    note: null,
    prompt: null,
    finish_reason: "",
    error: null,
    usage: null,
    created: new Date().toISOString(),
    started: null,
    first_token: null,
    finished: null,
    local: true,
    ...fields,
  };
}

export class ConversationState {
  /** @type {Message[]} */
  path = [];
  older = false;
  /** Stop was pressed before the server had named the reply. */
  stopWanted = false;
  /** @type {string | null} the message that this page is deleting */
  removing = null;

  /** @param {string | null} id @param {import("page").Messages} [excerpt] */
  constructor(id, excerpt) {
    this.id = id;
    if (excerpt) this.replace(excerpt);
  }

  get last() {
    return this.path.at(-1);
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
    this.path = [...above, ...messages.map((message) => this.#merge(known.get(message.id), message)), ...waiting];
  }

  /** @param {import("page").Messages} excerpt */
  prepend({ messages, older }) {
    const known = new Set(this.path.map((message) => message.id));
    this.path = [...messages.filter((message) => !known.has(message.id)), ...this.path];
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
      else Object.assign(found, { id: real, siblings: [real] });
      for (const one of this.path) if (one.parent === local) one.parent = real;
    }
  }

  /** The server refused the command `id`. @param {string} id @returns {Message | undefined} the message that was not sent */
  discard(id) {
    const message = this.find(id);
    this.path = this.path.filter((message) => message.id !== id && message.id !== `${id}-reply`);
    return message;
  }

  /** A whole message: new at the end, a branch off the path, or one that is here already. @param {Message} message @returns {Outcome} */
  applyMessage(message) {
    const found = this.find(message.id);
    if (found) {
      this.#merge(found, message);
      return "applied";
    }
    const at = message.parent === null ? -1 : this.path.findIndex((one) => one.id === message.parent);
    if (message.parent !== null && at < 0) return "resync";
    if (message.parent === null && this.older) return "resync";
    this.path = [...this.path.slice(0, at + 1), message];
    return "applied";
  }

  /** @param {import("protocol").Delta} delta @returns {Outcome} */
  applyDelta(delta) {
    const message = this.find(delta.message);
    const outcome = message ? fit(message.end, delta) : "ignored";
    if (!message || outcome !== "applied") return outcome;
    // No two neighbours are of one kind: what is held as text turned out to be reasoning meanwhile.
    if (!message.parts[delta.part] && message.parts[delta.part - 1]?.type === delta.kind) return "resync";
    while (message.parts.length <= delta.part) message.parts.push({ type: delta.kind, text: "" });
    const part = /** @type {import("page").Part} */ (message.parts[delta.part]);
    part.text = (part.text ?? "") + delta.text;
    (part.pieces ??= []).push(delta.text);
    message.end = delta.end;
    message.retrying = "";
    if (message.status === "pending") message.status = "streaming";
    return "applied";
  }

  /** The provider failed, and is asked again. @param {import("protocol").Retrying} frame @returns {Outcome} */
  applyRetrying({ message: id, detail }) {
    const message = this.find(id);
    if (!message || !isRunning(message)) return "ignored";
    message.retrying = detail;
    return "applied";
  }

  /** @param {import("protocol").Snapshot} snapshot @returns {Outcome} */
  applySnapshot({ message: id, status, parts, end, retrying = "" }) {
    const message = this.find(id);
    if (!message) return "resync";
    if (end < message.end) return "ignored"; // of a process that was replaced since, or overtaken by what was streamed
    const ended = isRunning(message) && status !== "pending" && status !== "streaming";
    Object.assign(message, { parts, end, status, retrying });
    return ended ? "resync" : "applied"; // the end of an answer brings more than a snapshot tells: usage, error, times
  }

  /** @param {import("protocol").Finished} frame @returns {Outcome} */
  applyFinished({ message: id, status, end, usage, error, finish_reason = "", model, note = null, started, finished }) {
    const message = this.find(id);
    if (!message) return "ignored";
    Object.assign(message, { status, usage, error, finish_reason, note, finished: finished ?? new Date().toISOString() });
    if (model) message.model = model;
    if (started) message.started = started;
    return message.end === end ? "applied" : "resync";
  }

  /** @param {import("protocol").FeedbackFrame} frame @returns {Outcome} */
  applyFeedback({ message: id, feedback }) {
    const message = this.find(id);
    if (!message) return "ignored";
    message.feedback = feedback;
    return "applied";
  }

  /** Messages that were deleted: alternatives of those here, or some of those here. @param {string[]} removed @returns {Outcome} */
  applyRemoved(removed) {
    const gone = new Set(removed);
    for (const message of this.path) {
      if (gone.has(message.id)) return "resync";
      if (message.siblings.some((id) => gone.has(id))) message.siblings = message.siblings.filter((id) => !gone.has(id));
    }
    return "applied";
  }

  /** @param {Message | undefined} known @param {Message} fresh */
  #merge(known, fresh) {
    if (!known) return fresh;
    const ahead = known.end >= fresh.end && fresh.status === known.status && isRunning(known); // what was fetched is older than what was streamed, or than what of it turned out to be reasoning
    return Object.assign(known, fresh, { local: false, key: known.key ?? known.id }, ahead ? { parts: known.parts, end: known.end } : {});
  }
}
