import { csrfToken, RequestFailed, wouldGive } from "requests/http";
import { element, root } from "dom";

/**
 * Conversations as files. The server names them, and the browser saves them as they come. A refusal would take the page's place: so the
 * server is asked first, and both answer what the user is to be told of it, or "".
 *
 * @typedef {"markdown" | "json" | "files"} Format  the last: both in a zip file, with what is attached
 */

/** @param {string} conversation @param {Format} format */
export async function download(conversation, format) {
  const path = `c/${conversation}/export/?format=${format}`;
  const problem = await refusalOf(wouldGive(path), "That conversation was deleted.");
  if (problem) return problem;
  const link = element("a", { href: root + path, download: "" });
  document.body.append(link);
  link.click();
  link.remove();
  return "";
}

/** All in one zip file. @param {string[]} conversations @param {Format} format */
export async function downloadSeveral(conversations, format) {
  const path = "conversations/export/";
  const fields = { csrfmiddlewaretoken: csrfToken(), conversations: conversations.join(), format };
  const options = { method: "POST", body: new URLSearchParams(fields) };
  const problem = await refusalOf(wouldGive(path, options), "These conversations were deleted.");
  if (problem) return problem;
  const form = element("form", { method: "post", action: root + path, hidden: true });
  for (const [name, value] of Object.entries(fields)) form.append(element("input", { type: "hidden", name, value }));
  document.body.append(form);
  form.submit();
  form.remove();
  return "";
}

/** @param {Promise<void>} asked @param {string} deleted */
async function refusalOf(asked, deleted) {
  try {
    await asked;
    return "";
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    return error.status === 404 ? deleted : error.message;
  }
}
