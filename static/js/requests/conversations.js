import { post, request } from "requests/http";

/** What is asked of the server about the list of conversations, and changed in it. */

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

/** @param {string | null} cursor where a page before ended @returns {Promise<Rows>} */
export const conversations = (cursor) => request(cursor ? `conversations/?before=${encodeURIComponent(cursor)}` : "conversations/");

/** @param {string | null} cursor @returns {Promise<Rows>} */
export const archived = (cursor) => request(`conversations/?archived=1${cursor ? `&before=${encodeURIComponent(cursor)}` : ""}`);

/** Pin or archive conversations, or undo it; at most 200 at once. @param {string[]} conversations @param {{pinned?: boolean, archived?: boolean}} changes @returns {Promise<Rows>} */
export const change = (conversations, changes) => post("conversations/change/", { conversations, ...changes });

/** At most 200 at once. @param {string[]} conversations @returns {Promise<null>} */
export const removeSeveral = (conversations) => deletion(conversations, () => post("conversations/delete/", { conversations }));
