import { csrfToken } from "conversation/http";
import { element, root } from "dom";

/**
 * Conversations as files. The server names them, and the browser saves them as they come.
 *
 * @typedef {"markdown" | "json"} Format
 */

/** @param {string} conversation @param {Format} format */
export function download(conversation, format) {
  const link = element("a", { href: `${root}c/${conversation}/export/?format=${format}`, download: "" });
  document.body.append(link);
  link.click();
  link.remove();
}

/** All in one zip file. @param {string[]} conversations @param {Format} format */
export function downloadSeveral(conversations, format) {
  const fields = { csrfmiddlewaretoken: csrfToken(), conversations: conversations.join(), format };
  const form = element("form", { method: "post", action: `${root}conversations/export/`, hidden: true });
  for (const [name, value] of Object.entries(fields)) form.append(element("input", { type: "hidden", name, value }));
  document.body.append(form);
  form.submit();
  form.remove();
}
