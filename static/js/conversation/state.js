import { isRunning } from "conversation/message";
import { fit } from "conversation/offsets";
import { MessagePath, merge } from "conversation/path";

/**
 * What is known of the open conversation: the chosen path through its tree, kept true to the server by positions.
 * Pure: it touches neither the page nor the network.
 *
 * @typedef {import("page").Message} Message
 * @typedef {import("conversation/offsets").Outcome} Outcome
 */
export class ConversationState extends MessagePath {
  /** Stop was pressed before the server had named the reply. */
  stopWanted = false;
  /** @type {string | null} the message that this page is deleting */
  removing = null;
  /** @type {Set<string>} ids of messages that were fetched for, and belong to other branches than the one that is shown */
  #elsewhere = new Set();

  /** @param {string | null} id @param {import("page").Messages} [excerpt] */
  constructor(id, excerpt) {
    super();
    this.id = id;
    if (excerpt) this.replace(excerpt);
  }

  /** A whole message: new at the end, a branch off the path, or one that is here already. @param {Message} message @returns {Outcome} */
  applyMessage(message) {
    const found = this.find(message.id);
    if (found) {
      merge(found, message);
      return "applied";
    }
    const at = message.parent === null ? -1 : this.path.findIndex((one) => one.id === message.parent);
    if (at < 0 && (message.parent !== null || this.older)) return this.#unknown(message.id);
    this.continue(at, message);
    return "applied";
  }

  /** @param {import("protocol").Delta} delta @returns {Outcome} */
  applyDelta(delta) {
    const message = this.find(delta.message);
    const outcome = message ? fit(message.end, delta) : "ignored";
    if (!message || outcome !== "applied") return outcome;
    // No two neighbours are of one kind: what is held as text turned out to be reasoning meanwhile.
    if (!message.parts[delta.part] && message.parts[delta.part - 1]?.type === delta.kind && !delta.call) return "resync";
    while (message.parts.length <= delta.part) message.parts.push({ type: delta.kind, text: "", ...delta.call });
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

  /** A picture that is being made has come further. @param {import("protocol").Preview} frame @returns {Outcome} */
  applyPreview({ message: id, image }) {
    const message = this.find(id);
    if (!message || !isRunning(message)) return "ignored";
    message.preview = image;
    message.retrying = "";
    return "applied";
  }

  /** @param {import("protocol").Snapshot} snapshot @returns {Outcome} */
  applySnapshot({ message: id, status, parts, end, retrying = "", preview = "", feedback }) {
    const message = this.find(id);
    if (!message) return this.#unknown(id);
    if (end < message.end) return "ignored"; // of a process that was replaced since, or overtaken by what was streamed
    const ended = isRunning(message) && status !== "pending" && status !== "streaming";
    Object.assign(message, { parts, end, status, retrying, preview });
    if (feedback !== undefined) message.feedback = feedback;
    return ended ? "resync" : "applied"; // the end of an answer brings more than a snapshot tells: usage, error, times
  }

  /** @param {import("protocol").Finished} frame @returns {Outcome} */
  applyFinished({ message: id, status, end, usage, error, finish_reason = "", model, note = null, started, finished, sources }) {
    const message = this.find(id);
    if (!message) return "ignored";
    Object.assign(message, { status, usage, error, finish_reason, note, finished: finished ?? new Date().toISOString() });
    const cited = message.parts.findLast(({ type }) => type === "text");
    if (sources && cited) cited.sources = sources; // deltas bring none
    if (model) message.model = model;
    if (started) message.started = started;
    message.missing = message.end !== end;
    return message.missing ? "resync" : "applied";
  }

  /** @param {import("protocol").FeedbackFrame} frame @returns {Outcome} */
  applyFeedback({ message: id, feedback }) {
    const message = this.find(id);
    if (!message) return "ignored";
    message.feedback = feedback;
    return "applied";
  }

  /** Of a message that isn't here: it may be new, or of another branch, of which every `watch` tells again. @param {string} id @returns {Outcome} */
  #unknown(id) {
    if (this.#elsewhere.has(id)) return "ignored";
    this.#elsewhere.add(id);
    return "resync";
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
}
