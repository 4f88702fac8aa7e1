import { branchSize, RequestFailed } from "conversation/http";
import { confirmed } from "dialog";
import { announce } from "dom";
import { versionOf } from "messages/actions";

/**
 * Turning from one version of a message to another, and deleting one.
 *
 * @typedef {import("conversation/thread").Thread} Thread
 * @typedef {import("messages/list").MessageList} MessageList
 * @typedef {import("page").Message} Message
 */

/** @param {Thread} thread @param {MessageList} list @param {string} sibling @param {"previous" | "next"} action */
export async function switchTo(thread, list, sibling, action) {
  if (await thread.showSibling(sibling)) focusSwitch(thread, list, sibling, action);
}

/** @param {Thread} thread @param {MessageList} list @param {Message} message @param {HTMLElement} button */
export async function deleteConfirmed(thread, list, message, button) {
  const conversation = thread.id;
  const what = versionOf(message);
  if (!conversation) return;
  try {
    const { messages } = await branchSize(conversation, message.id);
    const text = `This ${what}${alsoGone(messages - 1)} will be deleted. This can’t be undone.`;
    if (!(await confirmed({ title: `Delete this ${what}?`, text, action: "Delete" }))) return button.focus();
    const neighbour = await thread.removeBranch(conversation, message.id);
    if (neighbour) focusSwitch(thread, list, neighbour, "previous");
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    thread.handlers.onproblem(error.message);
    if (error.status === 404) void thread.catchUp();
  }
}

/** @param {number} after */
function alsoGone(after) {
  if (!after) return "";
  return after === 1 ? " and the message after it" : ` and the ${after.toLocaleString("en")} messages after it`;
}

/** Once it is drawn: the focus stays at the switch, or where it stood. @param {Thread} thread @param {MessageList} list @param {string} id @param {string} action */
function focusSwitch(thread, list, id, action) {
  const message = thread.state.find(id);
  if (message && message.siblings.length > 1) announce(`${message.siblings.indexOf(id) + 1} of ${message.siblings.length}`);
  requestAnimationFrame(() => {
    const row = list.view(id)?.element;
    const buttons = /** @type {HTMLButtonElement[]} */ ([...(row?.querySelectorAll(".turn button:enabled") ?? [])]);
    const same = buttons.find((button) => button.dataset.action === action);
    const last = /** @type {HTMLElement | null | undefined} */ (row?.querySelector(".actions button"));
    (same ?? buttons[0] ?? last)?.focus({ preventScroll: true });
  });
}
