import { root } from "dom";

/** The page's requests: JSON both ways, same origin. */

export const UNREACHABLE = "unreachable"; // the code of a problem that lasts until the connection is back

export class RequestFailed extends Error {
  /** @param {number} status @param {string} detail */
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

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
    throw new RequestFailed(0, "The server can’t be reached. Check the connection and try again.");
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => null);
  throw new RequestFailed(response.status, body?.detail ?? "That didn’t work. Try again in a moment.");
}

/**
 * @param {string} path without a slash at its beginning
 * @param {RequestInit} [options]
 * @returns {Promise<any>}
 */
async function request(path, options) {
  const response = await responseOf(path, options);
  return response.status === 204 ? null : response.json().catch(() => null);
}

/** Whether the server would give this: fails where it is refused. What it begins to send is let go of. @param {string} path @param {RequestInit} [options] */
export async function wouldGive(path, options = {}) {
  const abort = new AbortController();
  await responseOf(path, { ...options, signal: abort.signal });
  abort.abort();
}

/** @param {string} path @param {unknown} body */
function post(path, body) {
  return request(path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
  });
}

/** The end of a conversation: enough to fill a screen, or `count` messages. @param {string} conversation @param {{count?: number, signal?: AbortSignal}} [options] @returns {Promise<import("page").Excerpt>} */
export const latest = (conversation, { count, signal } = {}) =>
  request(`c/${conversation}/messages/${count ? `?count=${count}` : ""}`, { signal });

/** @param {string | null} prompt @returns {Promise<import("page").Variables>} */
export const variablesOfPrompt = (prompt) => request(`variables/${prompt ? `?prompt=${encodeURIComponent(prompt)}` : ""}`);

/** @param {string} conversation @returns {Promise<import("page").Variables>} */
export const variablesOf = (conversation) => request(`c/${conversation}/variables/`);

/** @param {string} conversation @param {Record<string, import("page").Value>} values */
export const changeVariables = (conversation, values) => post(`c/${conversation}/variables/`, { values });

/** The most that one answer has. */
export const MESSAGES_AT_ONCE = 400;

/** @param {string} conversation @param {string} message @param {{count?: number, signal?: AbortSignal}} [options] @returns {Promise<import("page").Excerpt>} */
export const before = (conversation, message, { count, signal } = {}) =>
  request(`c/${conversation}/messages/?before=${encodeURIComponent(message)}${count ? `&count=${count}` : ""}`, { signal });

/** @param {string} conversation @param {string} message @returns {Promise<import("page").Excerpt>} */
export const showSibling = async (conversation, message) =>
  reaching(conversation, message, await post(`c/${conversation}/leaf/`, { message }));

/** @param {string} conversation @param {string} message @returns {Promise<{messages: number}>} how many messages would go */
export const branchSize = (conversation, message) => request(`c/${conversation}/messages/${message}/delete/`);

/** @param {string} conversation @param {string} message @returns {Promise<import("page").Excerpt & {neighbour: string}>} */
export async function removeBranch(conversation, message) {
  const excerpt = await post(`c/${conversation}/messages/${message}/delete/`, {});
  return reaching(conversation, excerpt.neighbour, excerpt);
}

/**
 * With what lies above, up to this message and the one before it: an answer has only so many.
 *
 * @template {import("page").Messages} Excerpt
 * @param {string} conversation
 * @param {string} message
 * @param {Excerpt} excerpt
 * @returns {Promise<Excerpt>}
 */
async function reaching(conversation, message, excerpt) {
  let { messages, older } = excerpt;
  while (older && !messages.some(({ id }) => id === message)) {
    const above = await before(conversation, messages[0]?.id ?? "", { count: MESSAGES_AT_ONCE });
    const spare = Math.max(0, above.messages.findIndex(({ id }) => id === message) - 1);
    messages = [...above.messages.slice(spare), ...messages];
    older = above.older || spare > 0;
  }
  return { ...excerpt, messages, older };
}

/** @param {string} conversation @param {string} message @param {import("protocol").Feedback | null} feedback null: take it back */
export const giveFeedback = (conversation, message, feedback) =>
  post(`c/${conversation}/messages/${message}/feedback/`, feedback ?? { thumb: null });

/** @param {string} conversation @param {string} message an answer @returns {Promise<null>} */
export const noteCopied = (conversation, message) => post(`c/${conversation}/messages/${message}/copied/`, {});

/** @param {string} conversation @param {string} title @returns {Promise<import("protocol").Entry>} */
export const rename = (conversation, title) => post(`c/${conversation}/rename/`, { title });

/** @type {Set<string>} */
const deleting = new Set();

/** Whether this page is deleting the conversation: then its user needs not be told. @param {string} conversation */
export const isDeleting = (conversation) => deleting.has(conversation);

/** @param {string[]} conversations @param {() => Promise<any>} asked */
async function deletion(conversations, asked) {
  for (const id of conversations) deleting.add(id);
  try {
    return await asked();
  } finally {
    for (const id of conversations) deleting.delete(id);
  }
}

const AT_ONCE = 200; // as many as the server takes in one request

/** As many as can be changed in one request each. @param {string[]} conversations */
export const portions = (conversations) =>
  Array.from({ length: Math.ceil(conversations.length / AT_ONCE) }, (_, index) =>
    conversations.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  );

/** @param {string} conversation @returns {Promise<null>} */
export const remove = (conversation) => deletion([conversation], () => post(`c/${conversation}/delete/`, {}));

/** @typedef {{conversations: import("protocol").Entry[], more: string | null}} Rows  a page of the list; `more`: the cursor behind its last row */

/** @param {string} text @param {AbortSignal} signal @returns {Promise<{results: import("page").Found[]}>} best first */
export const search = (text, signal) => request(`search/?q=${encodeURIComponent(text)}`, { signal });

/** @param {string | null} cursor where a page before ended @returns {Promise<Rows>} */
export const conversations = (cursor) => request(cursor ? `conversations/?before=${encodeURIComponent(cursor)}` : "conversations/");

/** @param {string | null} cursor @returns {Promise<Rows>} */
export const archived = (cursor) => request(`conversations/?archived=1${cursor ? `&before=${encodeURIComponent(cursor)}` : ""}`);

/** Pin or archive conversations, or undo it; at most 200 at once. @param {string[]} conversations @param {{pinned?: boolean, archived?: boolean}} changes @returns {Promise<Rows>} */
export const change = (conversations, changes) => post("conversations/change/", { conversations, ...changes });

/** At most 200 at once. @param {string[]} conversations @returns {Promise<null>} */
export const removeSeveral = (conversations) => deletion(conversations, () => post("conversations/delete/", { conversations }));
