import { announce } from "dom";

/**
 * What is copied: text, and the same with its looks for editors that take them.
 *
 * @typedef {{text: string, html?: string}} Copied
 */

/**
 * Copy, and let the button say whether it worked. To be called while the click is handled, without waiting for anything before.
 *
 * @param {HTMLElement} button
 * @param {Copied} copied
 */
export async function copyFrom(button, copied) {
  const done = await copy(copied);
  const use = button.querySelector("use");
  use?.setAttribute("href", done ? "#icon-check" : "#icon-x");
  announce(done ? "Copied." : "That could not be copied.");
  setTimeout(() => use?.setAttribute("href", "#icon-copy"), 1600);
  return done;
}

/** @param {Copied} copied */
async function copy({ text, html }) {
  if (!navigator.clipboard) return copySelection({ text, html }); // without TLS there is none
  try {
    if (html === undefined || typeof ClipboardItem === "undefined") await navigator.clipboard.writeText(text);
    else
      await navigator.clipboard.write([
        new ClipboardItem({ "text/plain": blob(text, "text/plain"), "text/html": blob(html, "text/html") }),
      ]);
    return true;
  } catch {
    return copySelection({ text, html });
  }
}

/** @param {string} text @param {string} type */
const blob = (text, type) => new Blob([text], { type });

/** As if it were selected and copied with the keyboard. @param {Copied} copied */
function copySelection({ text, html }) {
  const put = (/** @type {ClipboardEvent} */ event) => {
    event.clipboardData?.setData("text/plain", text);
    if (html !== undefined) event.clipboardData?.setData("text/html", html);
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  const restore = selectSomething();
  document.addEventListener("copy", put, { once: true, capture: true });
  try {
    return document.execCommand("copy");
  } finally {
    document.removeEventListener("copy", put, { capture: true });
    restore();
  }
}

/** WebKit copies only where something is selected. @returns {() => void} puts back what was selected */
function selectSomething() {
  const selection = getSelection();
  const { activeElement } = document;
  const ranges = Array.from({ length: selection?.rangeCount ?? 0 }, (_, index) => selection?.getRangeAt(index));
  const stand = document.createElement("span");
  stand.className = "for-readers";
  stand.textContent = "\u00a0";
  document.body.append(stand);
  selection?.selectAllChildren(stand);
  return () => {
    stand.remove();
    selection?.removeAllRanges();
    for (const range of ranges) if (range) selection?.addRange(range);
    if (activeElement instanceof HTMLElement) activeElement.focus({ preventScroll: true });
  };
}
