import { announce } from "dom";

/**
 * Bring one message into view, wherever it is in what was loaded, and mark it for a moment.
 *
 * @typedef {import("messages/list").MessageList} MessageList
 */

const MARKED_MS = 2_500;
const NEIGHBOURS = 3; // what is drawn before anything else, so that the reader has not to wait for thousands of others

/** @param {MessageList} list @param {string} id */
export function reveal(list, id) {
  const { state } = list;
  list.scroll.hold();
  list.drawAbove(); // now: there is a place for each
  const at = state?.path.findIndex((message) => message.id === id) ?? -1;
  for (const message of state?.path.slice(Math.max(0, at - 1), at + NEIGHBOURS) ?? []) {
    list.view(message.id)?.update({ last: message === state?.last, unsent: list.unsent });
  }
  const element = list.view(id)?.element;
  if (!element) return;
  element.classList.remove("found");
  bring(element);
  requestAnimationFrame(() => {
    bring(element); // with the heights of what had been left out of sight
    element.classList.add("found");
    element.tabIndex = -1;
    element.focus({ preventScroll: true });
    announce("Here is the message that was found.");
  });
  setTimeout(() => element.classList.remove("found"), MARKED_MS);
}

/** @param {HTMLElement} element */
function bring(element) {
  const fits = element.offsetHeight < innerHeight / 2;
  element.scrollIntoView({ block: fits ? "center" : "start", behavior: "instant" });
}
