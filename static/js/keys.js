import { find } from "dom";
import { isComposing } from "enter-key";

/**
 * Keys that work wherever the focus is: what is typed goes to where messages are written, Escape stops the answer, and the page keys of an
 * empty field scroll the conversation.
 *
 * @typedef {{isRunning: () => boolean, stop: () => void, write: () => void}} KeyActions  `write`: give the focus to where messages are written.
 */

const PAGE_RATIO = 0.9; // of what is in sight
const EDITABLE = "input, textarea, select, [contenteditable]";
const OVERLAYS = 'dialog[open], .menu[role="menu"], .sidebar[data-open]'; // which have keys of their own

let listens = false;

/** @param {KeyActions} actions */
export function listen({ isRunning, stop, write }) {
  if (listens) return;
  listens = true;
  document.addEventListener("keydown", (event) => {
    const { key } = event;
    const target = /** @type {Element} */ (event.target);
    if (event.defaultPrevented || isComposing(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector(OVERLAYS)) return;
    if (key === "Escape") {
      if (isRunning()) stop();
    } else if (key === "PageUp" || key === "PageDown") {
      if (!(target instanceof HTMLTextAreaElement) || target.value) return;
      event.preventDefault();
      const scroller = find(".main > .scroll");
      scroller.scrollBy({ top: scroller.clientHeight * (key === "PageUp" ? -PAGE_RATIO : PAGE_RATIO) });
    } else if (key.length === 1 && key !== " " && !target.closest(EDITABLE)) write(); // the browser puts the letter there
  });
}
