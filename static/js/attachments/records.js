import { localStore } from "dom";

/**
 * What is known of the files that are attached and not sent yet: the same for all tabs, and after a reload.
 *
 * @typedef {import("page").Part} Part
 * @typedef {{
 *   key: string, name: string, size: number, type: string, time: number, state: "uploading" | "ready" | "failed", sent: number,
 *   address?: string, reading?: string, doing?: string, part?: Part, problem?: string, again?: boolean,
 * }} FileRecord  `sent`: bytes that the server has; `address`: of the upload, where it goes in pieces; `reading`: the id of the file that it
 *   became and that isn't ready, and what the server is `doing` with it; `part`: of a message, once it is ready; `problem`: why it failed, or
 *   what is missing of it, and whether to try `again` makes sense.
 */
export class FileRecords {
  #prefix;
  /** @type {Map<string, string>} those that the browser doesn't keep */
  #unkept = new Map();
  /** @type {((key: string) => void)[]} */
  #callbacks = [];
  /** @type {Map<string, number>} bytes that are on their way from this tab */
  #sent = new Map();

  /** @param {string | number} user */
  constructor(user) {
    this.#prefix = `file:${user}:`;
    addEventListener("storage", ({ key }) => key?.startsWith(this.#prefix) && this.#tell(key.slice(this.#prefix.length)));
  }

  /** Calls back with the key of each that changes, here or in another tab. @param {(key: string) => void} callback */
  onchange(callback) {
    this.#callbacks.push(callback);
  }

  /** @param {string} key @returns {FileRecord | null} */
  get(key) {
    try {
      return JSON.parse(this.#unkept.get(key) ?? localStore.get(this.#prefix + key) ?? "null");
    } catch {
      return null;
    }
  }

  /** @param {string[]} keys @returns {FileRecord[]} those that are still there */
  all(keys) {
    return keys.map((key) => this.get(key)).filter((record) => record !== null);
  }

  /** @param {FileRecord} record */
  put(record) {
    const text = JSON.stringify(record);
    localStore.set(this.#prefix + record.key, text);
    if (localStore.get(this.#prefix + record.key) !== text) this.#unkept.set(record.key, text);
    this.#tell(record.key);
  }

  /** @param {string} key @param {Partial<FileRecord>} fields */
  change(key, fields) {
    const known = this.get(key);
    if (known) this.put({ ...known, ...fields });
  }

  /** @param {string[]} keys */
  remove(keys) {
    for (const key of keys) {
      this.#unkept.delete(key);
      this.#sent.delete(key);
      localStore.remove(this.#prefix + key);
      this.#tell(key);
    }
  }

  /** @param {string} key @param {number} bytes */
  progress(key, bytes) {
    this.#sent.set(key, bytes);
    this.#tell(key);
  }

  /** How much of these files is uploaded, in whole per cent. @param {string[]} keys */
  percent(keys) {
    const records = this.all(keys);
    const sent = (/** @type {FileRecord} */ { key, state, sent, size }) =>
      state === "ready" ? size : Math.min(size, Math.max(sent, this.#sent.get(key) ?? 0));
    const total = records.reduce((sum, { size }) => sum + size, 0);
    return total ? Math.floor((100 * records.reduce((sum, record) => sum + sent(record), 0)) / total) : 100;
  }

  /** The parts of a message, of those that are ready. @param {string[]} keys @returns {Part[]} */
  parts(keys) {
    return this.all(keys).flatMap(({ part }) => part ?? []);
  }

  /** Files that the server has already. @param {Part[]} parts @returns {string[]} their keys */
  adopt(parts) {
    return parts.map((part) => {
      const { file: key = "", name = "", size = 0, content_type: type = "" } = part;
      this.put({ key, name, size, type, time: Date.now(), state: "ready", sent: size, part });
      return key;
    });
  }

  /** Whether it is of a file that waits, of this or another user of the browser. @param {string} key */
  isKnown(key) {
    return this.#unkept.has(key) || keptNames().some((name) => name.startsWith("file:") && name.endsWith(`:${key}`));
  }

  /** Forget those of files that were attached long ago. @param {number} before milliseconds */
  forget(before) {
    const names = keptNames().filter((name) => name.startsWith(this.#prefix));
    const keys = names.map((name) => name.slice(this.#prefix.length));
    this.remove(keys.filter((key) => (this.get(key)?.time ?? 0) < before));
  }

  /** @param {string} key */
  #tell(key) {
    for (const callback of this.#callbacks) callback(key);
  }
}

function keptNames() {
  try {
    return Object.keys(localStorage);
  } catch {
    return []; // the browser blocks it
  }
}
