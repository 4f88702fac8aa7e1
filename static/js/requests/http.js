import { root } from "dom";

/** How the page asks the server: JSON both ways, same origin. */

export const UNREACHABLE = "unreachable"; // the code of a problem that lasts until the connection is back

const CANT_BE_REACHED = "The server can’t be reached. Check the connection and try again.";

export class RequestFailed extends Error {
  /** @param {number} status @param {string} detail */
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/**
 * A part of the page that is loaded when it is first needed. Fails as a request does.
 *
 * @template Module
 * @param {Promise<Module>} loading
 * @returns {Promise<Module>}
 */
export const loaded = (loading) =>
  loading.catch((error) => {
    console.error(error); // a module that is there may fail, too
    throw new RequestFailed(0, CANT_BE_REACHED);
  });

/**
 * The same for a button: where it can't be loaded that is said, and there is nothing.
 *
 * @template Module
 * @param {Promise<Module>} loading
 * @param {(detail: string, code: string) => void} onproblem
 */
export const loadedOrSaid = (loading, onproblem) => loaded(loading).catch((error) => void onproblem(error.message, UNREACHABLE));

/** Django's, for every request that changes something. */
export function csrfToken() {
  const name = `${document.documentElement.dataset.csrfCookie}=`;
  const cookie = document.cookie.split("; ").find((cookie) => cookie.startsWith(name));
  return cookie?.slice(name.length) ?? "";
}

/**
 * Fails where it is refused.
 *
 * @param {string} path without a slash at its beginning
 * @param {RequestInit} [options]
 */
async function responseOf(path, options = {}) {
  let response;
  try {
    response = await fetch(root + path, { ...options, headers: { Accept: "application/json", ...options.headers } });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new RequestFailed(0, CANT_BE_REACHED);
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => null);
  // `error`: as the addresses of files say it
  throw new RequestFailed(response.status, body?.detail ?? body?.error ?? "That didn’t work. Try again in a moment.");
}

/**
 * Fails where it is refused.
 *
 * @param {string} path without a slash at its beginning
 * @param {RequestInit} [options]
 * @returns {Promise<any>}
 */
export async function request(path, options) {
  const response = await responseOf(path, options);
  return response.status === 204 ? null : response.json().catch(() => null);
}

/** Whether the server would give this: fails where it is refused. What it begins to send is let go of. @param {string} path @param {RequestInit} [options] */
export async function wouldGive(path, options = {}) {
  const abort = new AbortController();
  await responseOf(path, { ...options, signal: abort.signal });
  abort.abort();
}

/** @param {string} path @param {unknown} body @param {RequestInit} [options] */
export function post(path, body, options) {
  return request(path, {
    ...options,
    method: "POST",
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
  });
}
