import { contentOf, forget, keep, sweep } from "attachments/contents";
import { isGone, takeBack, transfer } from "attachments/transfer";
import { RequestFailed } from "requests/http";
import { announce } from "dom";
import { newId } from "live/outbox";
import { addressOf } from "messages/attached";

/**
 * Files on their way to the server. Each goes by one tab: another goes on with it where that one is closed.
 *
 * @typedef {import("attachments/records").FileRecord} FileRecord
 */

const MOST_PAUSE_MS = 15_000;
const OLD_MS = 7 * 24 * 3_600_000;
const UNSURE_MS = 3_600_000; // the server keeps what no message holds at least so long
const GONE = [404, 410]; // an upload that was swept: it begins again
const PASSING = [0, 408, 409, 423, 502, 503, 504];

export class Uploads {
  /** @type {Map<string, AbortController>} */
  #running = new Map();

  /** @param {import("attachments/records").FileRecords} records */
  constructor(records) {
    this.records = records;
    records.onchange((key) => !records.get(key) && this.#running.get(key)?.abort());
    records.forget(Date.now() - OLD_MS);
    void sweep((key) => records.isKnown(key));
  }

  /** @param {File} file @param {string} problem why it can't be taken, or "" @returns {string} its key */
  add(file, problem) {
    const key = newId();
    const { name, size, type } = file;
    const fields = { key, name, size, type, time: Date.now(), sent: 0 };
    this.records.put(problem ? { ...fields, state: "failed", problem } : { ...fields, state: "uploading" });
    if (problem) announce(problem);
    else void keep(key, file);
    this.start(key);
    return key;
  }

  /** Go on with it, unless it is done or another tab does. @param {string} key */
  start(key) {
    if (this.#running.has(key) || this.records.get(key)?.state !== "uploading") return;
    const abort = new AbortController();
    this.#running.set(key, abort);
    void alone(key, abort.signal, () => this.#run(key, abort.signal))
      .catch(() => {}) // taken back while another tab uploads it
      .finally(() => this.#running.delete(key));
  }

  /** @param {string} key */
  takeBack(key) {
    const record = this.records.get(key);
    this.records.remove([key]);
    void forget(key);
    if (!record || record.state === "ready") return;
    if (record.address) void takeBack(record.address);
    if (record.reading) void takeBack(addressOf(record.reading));
  }

  /** Say so where it was attached long ago, and the server has deleted it since. @param {string} key */
  async check(key) {
    const { state, part, time } = this.records.get(key) ?? {};
    if (state !== "ready" || !part?.file || !time || Date.now() - time < UNSURE_MS || !(await isGone(part.file))) return;
    if (this.records.get(key)) this.#fail(key, "This file was deleted, for its message wasn’t sent in time. Attach it again.", false);
  }

  /** @param {string} key */
  retry(key) {
    this.records.change(key, { state: "uploading", problem: "", doing: "" });
    this.start(key);
  }

  /** @param {string} key @param {AbortSignal} signal */
  async #run(key, signal) {
    const file = await contentOf(key);
    for (let failures = 0; !signal.aborted && this.records.get(key)?.state === "uploading"; failures++) {
      if (!file) return this.#fail(key, "The browser didn’t keep this file. Attach it again.", false);
      try {
        return this.#done(key, await transfer(file, this.#way(key, signal)));
      } catch (error) {
        if (signal.aborted) return;
        const { status, message } = error instanceof RequestFailed ? error : { status: 500, message: "" };
        const { address } = this.records.get(key) ?? {};
        if (address && GONE.includes(status)) this.records.change(key, { address: undefined, sent: 0 });
        else if (!PASSING.includes(status)) {
          return this.#fail(key, message || "The server could not take this file.", ![413, 415, 422].includes(status));
        }
        await pause(Math.min(MOST_PAUSE_MS, 500 * 2 ** failures), signal);
      }
    }
  }

  /** @param {string} key @param {AbortSignal} signal @returns {import("attachments/transfer").Way} */
  #way(key, signal) {
    return {
      address: this.records.get(key)?.address,
      signal,
      onaddress: (address) => this.records.change(key, { address }),
      onprogress: (bytes, kept) => (kept ? this.records.change(key, { sent: bytes }) : this.records.progress(key, bytes)),
      onreading: ({ id, kind, seconds, transcribed }) => {
        const percent = transcribed && seconds ? ` ${Math.floor((100 * transcribed) / seconds)}\u00a0%` : "";
        const doing = kind === "audio" ? `Transcribing …${percent}` : "Reading …";
        if (this.records.get(key)?.doing !== doing) this.records.change(key, { reading: id, doing });
      },
    };
  }

  /** @param {string} key @param {import("attachments/transfer").Uploaded} uploaded */
  #done(key, { id: file, name, kind, content_type, size, state, problem, width, height, only_heard, recognised }) {
    if (state === "refused" || (state === "no_text" && !only_heard)) return this.#fail(key, problem, state === "no_text");
    const about = { file, name };
    const part =
      kind === "image"
        ? { type: /** @type {const} */ ("image"), ...about, width, height, recognised }
        : { type: /** @type {const} */ ("file"), ...about, content_type, size };
    this.records.change(key, { state: "ready", part, problem: only_heard ? `${problem} Models that hear can be sent it.` : problem });
    void forget(key);
    announce(`${name} is attached.`);
  }

  /** @param {string} key @param {string} problem @param {boolean} again */
  #fail(key, problem, again) {
    this.records.change(key, { state: "failed", problem, again });
    announce(problem);
  }
}

/** Only in one tab at a time. Where the address isn't secure there are no locks: the server takes each piece once. @param {string} key @param {AbortSignal} signal @param {() => Promise<void>} run */
const alone = (key, signal, run) => (navigator.locks ? navigator.locks.request(`upload:${key}`, { signal }, run) : run());

/** At most so long; no longer once the connection is back. @param {number} milliseconds @param {AbortSignal} signal */
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    addEventListener("online", resolve, { once: true });
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve(undefined)), { once: true });
  });
}
