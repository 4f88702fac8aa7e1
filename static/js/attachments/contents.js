/** What is in the files that are being uploaded, kept by the browser so that an upload survives a reload. */

const DATABASE = "attachments";
const STORE = "contents";

/** @type {Map<string, File>} of this tab, whatever the browser keeps */
const here = new Map();
/** @type {Promise<IDBDatabase> | null} */
let opening = null;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => {
      request.result.onversionchange = () => (request.result.close(), (opening = null));
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
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
    const store = (await open()).transaction(STORE, mode).objectStore(STORE);
    return await new Promise((resolve, reject) => {
      const request = ask(store);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  } catch {
    return undefined; // a full or blocked store: the file goes with the page
  }
}

/** @param {string} key @param {File} file */
export async function keep(key, file) {
  here.set(key, file);
  await asked("readwrite", (store) => store.put(file, key));
}

/** @param {string} key @returns {Promise<File | undefined>} */
export const contentOf = async (key) => here.get(key) ?? (await asked("readonly", (store) => store.get(key)));

/** @param {string} key */
export async function forget(key) {
  here.delete(key);
  await asked("readwrite", (store) => store.delete(key));
}

/** Forget all but these. @param {(key: string) => boolean} wanted */
export async function sweep(wanted) {
  for (const key of (await asked("readonly", (store) => store.getAllKeys())) ?? []) if (!wanted(String(key))) await forget(String(key));
}
