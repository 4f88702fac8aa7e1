import { noteCopied } from "requests/messages";

/** @type {Set<string>} */
const noted = new Set();

/** Tell the server, once, that an answer was copied: which one, and nothing of what. That it can't be told needs not be known. @param {string} conversation @param {string} message */
export function note(conversation, message) {
  if (noted.has(message)) return;
  noted.add(message);
  noteCopied(conversation, message).catch(() => noted.delete(message));
}
