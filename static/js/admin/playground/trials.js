import { announce } from "dom";
import { newId } from "live/outbox";
import { TrialSocket } from "admin/playground/socket";

/**
 * What runs: each column's trial, and what is heard of it.
 *
 * @typedef {import("admin/playground/state").Column} Column
 * @typedef {import("admin/playground/socket").Frame} Frame
 */

/** @param {string} detail @returns {import("admin/playground/state").End} */
const couldNot = (detail) => ({
  ...{ status: "failed", error: { kind: "", detail, retry_at: null, cause: "" }, finish_reason: "", model: "", note: null },
  ...{ cost: null, usage: null, first_token_seconds: null, seconds: 0, attempts: 0 },
});

export class Trials {
  /** @type {Map<string, {column: Column, result: import("admin/playground/state").Result}>} by the trial's id */
  #running = new Map();
  #socket;

  /** @param {string} address @param {{changed: (column: Column) => void, nameOf: (column: Column) => string}} handlers */
  constructor(address, { changed, nameOf }) {
    this.changed = changed;
    this.nameOf = nameOf;
    this.#socket = new TrialSocket(address, {
      onframe: (frame) => this.#hear(frame),
      onlost: (reason) => [...this.#running.keys()].forEach((id) => this.#end(id, couldNot(reason))),
      needed: () => this.#running.size > 0,
    });
  }

  get areRunning() {
    return this.#running.size > 0;
  }

  /** @param {Column} column @param {import("admin/playground/state").Turn[]} turns @param {Record<string, import("page").Value>} values of variables */
  begin(column, turns, values) {
    this.stop(column);
    const id = newId();
    column.result = { parts: [], end: null, began: performance.now(), turns: structuredClone(turns), values };
    this.#running.set(id, { column, result: column.result });
    const { text, model, parameters, variables, examples, output_schema, template } = column;
    this.#socket.send({ type: "try", id, system: text, model, parameters, variables, examples, output_schema, template, values, turns });
    this.changed(column);
  }

  /** It ends when the server says so; a column that is gone hears no more. @param {Column} column */
  stop(column) {
    for (const [id, running] of this.#running) if (running.column === column) this.#stop(id);
  }

  stopAll() {
    for (const id of [...this.#running.keys()]) this.#stop(id);
  }

  /** @param {string} id */
  #stop(id) {
    if (this.#socket.withdraw(id)) this.#end(id, { ...couldNot(""), status: "stopped", error: null });
    else this.#socket.send({ type: "stop", id });
  }

  /** @param {Frame} frame */
  #hear(frame) {
    const id = frame.trial ?? frame.id ?? "";
    const running = this.#running.get(id);
    if (!running) return;
    const { column, result } = running;
    if (frame.type === "delta") append(result, frame);
    else if (frame.type === "snapshot") result.parts = frame["parts"];
    else if (frame.type === "retrying") result.retrying = frame["detail"];
    else if (frame.type === "ended")
      return this.#end(id, /** @type {import("admin/playground/state").End} */ (/** @type {unknown} */ (frame)));
    else if (frame.type === "error") return this.#end(id, couldNot(frame["detail"]));
    this.changed(column);
  }

  /** @param {string} id @param {import("admin/playground/state").End} end */
  #end(id, end) {
    const running = this.#running.get(id);
    this.#running.delete(id);
    if (!running) return;
    const { column, result } = running;
    result.end = end;
    delete result.retrying;
    const name = column.result === result ? this.nameOf(column) : "";
    if (name)
      announce(`${name}: ${end.error ? end.error.detail : end.status === "stopped" ? "stopped" : "finished"}.`.replace(/\.\.$/, "."));
    this.changed(column);
  }
}

/** @param {import("admin/playground/state").Result} result @param {Frame} delta */
function append(result, { kind, text }) {
  delete result.retrying;
  const last = result.parts.at(-1);
  if (last && last.type === kind) {
    last.text += text;
    last.pieces?.push(text);
  } else result.parts.push({ type: kind, text, pieces: [text] });
}
