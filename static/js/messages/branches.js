import { confirmed } from "dialog";
import { announce } from "dom";
import { versionOf } from "messages/actions";

/**
 * Turning from one version of a message to another, and deleting one.
 *
 * @typedef {import("messages/list").MessageList} MessageList
 * @typedef {import("conversation/state").ConversationState} State
 * @typedef {import("page").Message} Message
 */

/** @param {{showSibling: (sibling: string) => Promise<boolean>}} actions @param {MessageList} list @param {string} sibling @param {"previous" | "next"} action */
export async function switchTo(actions, list, sibling, action) {
  if (await actions.showSibling(sibling)) focusSwitch(list, sibling, action);
}

/**
 * @param {{branchSize: (state: State, message: string) => Promise<number | null>, removeBranch: (state: State, message: string) => Promise<string | null>}} actions
 * @param {MessageList} list
 * @param {Message} message
 * @param {HTMLElement} button
 */
export async function deleteConfirmed(actions, list, message, button) {
  const { state } = list;
  const what = versionOf(message);
  const messages = state && (await actions.branchSize(state, message.id));
  if (!messages) return;
  const text = `This ${what}${alsoGone(messages - 1)} will be deleted. This can’t be undone.`;
  if (!(await confirmed({ title: `Delete this ${what}?`, text, action: "Delete" }))) return button.focus();
  const neighbour = await actions.removeBranch(state, message.id);
  if (neighbour) focusSwitch(list, neighbour, "previous");
}

/** @param {number} after */
function alsoGone(after) {
  if (!after) return "";
  return after === 1 ? " and the message after it" : ` and the ${after.toLocaleString("en")} messages after it`;
}

/** Once it is drawn: the focus stays at the switch, or where it stood. @param {MessageList} list @param {string} id @param {string} action */
function focusSwitch(list, id, action) {
  const message = list.state?.find(id);
  if (message && message.siblings.length > 1) announce(`${message.siblings.indexOf(id) + 1} of ${message.siblings.length}`);
  const focus = () => {
    const shown = list.state?.find(id);
    if (shown && !list.isDrawn(shown)) return requestAnimationFrame(focus); // a slow machine draws some frames later
    const { activeElement } = document;
    if (activeElement !== document.body && !list.element.contains(activeElement)) return; // the user went on meanwhile
    const row = list.view(id)?.element;
    const buttons = /** @type {HTMLButtonElement[]} */ ([...(row?.querySelectorAll(".turn button:enabled") ?? [])]);
    const same = buttons.find((button) => button.dataset.action === action);
    const last = /** @type {HTMLElement | null | undefined} */ (row?.querySelector(".actions button"));
    (same ?? buttons[0] ?? last)?.focus({ preventScroll: true });
  };
  requestAnimationFrame(focus);
}
