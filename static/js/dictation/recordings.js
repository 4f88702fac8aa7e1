/** What was dictated and has no text yet, kept by the browser: neither a reload nor a lost connection takes it away. */

import { newId } from "live/outbox";

/**
 * @typedef {{id: string, user: string, conversation: string | null, prompt?: string, type: string, sound: Blob, seconds: number, time: number}} Recording
 *   `prompt`: the assistant that it was dictated to; `type`: as the browser calls its encoding; `time`: when it began, in milliseconds
 */

const DATABASE = "dictation";
const STORE = "recordings";

/** @type {Map<string, Recording>} those of this tab, whatever the browser keeps */
const here = new Map();
/** @type {Promise<IDBDatabase> | null} */
let opening = null;
let isOver = false; // its user has signed out

function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    request.onsuccess = () => {
      request.result.onversionchange = () => (request.result.close(), (opening = null));
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
  opening.catch(() => (opening = null));
  return opening;
}

/**
 * @template Result
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<Result>} ask
 * @returns {Promise<Result | undefined>} undefined where the browser keeps nothing
 */
async function asked(mode, ask) {
  try {
    const transaction = (await open()).transaction(STORE, mode);
    const request = ask(transaction.objectStore(STORE));
    return await new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  } catch {
    return undefined; // a full or blocked store: the recording goes with the page
  }
}

/** One that begins now. @param {string} user @param {string | null} conversation @param {string} prompt @param {string} type @returns {Recording} */
export function newRecording(user, conversation, prompt, type) {
  return { id: newId(), user, conversation, prompt, type, sound: new Blob(), seconds: 0, time: Date.now() };
}

/** @param {Recording} recording */
export async function keepRecording(recording) {
  if (isOver) return;
  here.set(recording.id, recording);
  await asked("readwrite", (store) => store.put(recording));
}

/** @param {string} id */
export async function forgetRecording(id) {
  here.delete(id);
  await asked("readwrite", (store) => store.delete(id));
}

/** Of every user but this one; "": of all, and none is kept any more. @param {string} user */
export async function forgetOthers(user) {
  isOver ||= !user;
  const kept = /** @type {Recording[]} */ ((await asked("readonly", (store) => store.getAll())) ?? []);
  for (const one of [...kept, ...here.values()]) if (one.user !== user) await forgetRecording(one.id);
}

/** The user's, the oldest first, also those of other tabs. @param {string} user @returns {Promise<Recording[]>} */
export async function recordingsOf(user) {
  const kept = (await asked("readonly", (store) => store.getAll())) ?? [];
  const all = new Map([.../** @type {Recording[]} */ (kept).map((one) => /** @type {const} */ ([one.id, one])), ...here]);
  return [...all.values()].filter((one) => one.user === user).sort((one, other) => one.time - other.time);
}
