import { tabStore } from "dom";

/** Whether there can be WebSockets: the browser, a policy or an extension may allow none, and a proxy may block them. */

const BLOCKED_KEY = "websockets-blocked"; // when a proxy last did

/** A new WebSocket, or null where none is allowed. @param {string} url */
export function webSocket(url) {
  try {
    return new WebSocket(url);
  } catch {
    return null;
  }
}

/** @param {object | null} transport */
export const isWebSocket = (transport) => typeof WebSocket === "function" && transport instanceof WebSocket;

/** When they were last found blocked in this tab, in milliseconds; 0 where they aren't. */
export const blockedAt = () => Number(tabStore.get(BLOCKED_KEY));

export const noteBlocked = () => tabStore.set(BLOCKED_KEY, String(Date.now()));

export const noteUnblocked = () => tabStore.remove(BLOCKED_KEY);
