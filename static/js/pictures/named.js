import { request } from "requests/http";

/**
 * A picture that the address names, as the page of one's own pictures has it there: the next message is to change it.
 *
 * @param {import("parts").Parts} parts @param {string} file its id
 */
export async function changeNamed({ attachments, composer, wishes, say }, file) {
  history.replaceState(null, "", location.pathname);
  try {
    const { id, name, width, height, state } = await request(`files/${encodeURIComponent(file)}/state/`);
    if (state !== "ready") return;
    composer.restore("", attachments.records.adopt([{ type: "image", file: id, name, width, height }]));
    wishes.open();
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
}
