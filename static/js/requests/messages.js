import { post, request } from "requests/http";

/** What is asked of the server about a conversation's messages. */

/**
 * The end of a conversation: enough to fill a screen, or `count` messages. The branch that ends with `shown` stays unless something newer was
 * said in the one that was chosen last.
 *
 * @param {string} conversation
 * @param {{count?: number, shown?: string, signal?: AbortSignal}} [options]
 * @returns {Promise<import("page").Excerpt>}
 */
export const latest = (conversation, { count, shown, signal } = {}) => {
  const asked = new URLSearchParams({ ...(count && { count: String(count) }), ...(shown && { shown }) }).toString();
  return request(`c/${conversation}/messages/${asked && `?${asked}`}`, { signal });
};

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

/** Goes out though the page is left at once. @param {string} conversation @param {string} message @param {import("protocol").Feedback | null} feedback null: take it back */
export const giveFeedback = (conversation, message, feedback) =>
  post(`c/${conversation}/messages/${message}/feedback/`, feedback ?? { thumb: null }, { keepalive: true });

/** @param {string} conversation @param {string} message an answer @returns {Promise<null>} */
export const noteCopied = (conversation, message) => post(`c/${conversation}/messages/${message}/copied/`, {});
