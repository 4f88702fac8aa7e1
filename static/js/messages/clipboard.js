/**
 * Copy, and let the button say whether it worked.
 *
 * @param {HTMLElement} button
 * @param {string} text
 */
export async function copyFrom(button, text) {
  const done = await copy(text);
  const use = button.querySelector("use");
  use?.setAttribute("href", done ? "#icon-check" : "#icon-x");
  setTimeout(() => use?.setAttribute("href", "#icon-copy"), 1600);
  return done;
}

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelection(text); // without TLS there is no clipboard, but there is still a selection to copy
  }
}

/** @param {string} text */
function copySelection(text) {
  const put = (/** @type {ClipboardEvent} */ event) => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
  };
  document.addEventListener("copy", put, { once: true });
  const done = document.execCommand("copy");
  document.removeEventListener("copy", put);
  return done;
}
