// A button that copies what a field holds, and says whether it could.
// @ts-check

const SHOWN_FOR_MS = 2000;

for (const button of document.querySelectorAll("button[data-copies]")) {
  if (button instanceof HTMLButtonElement) button.addEventListener("click", () => copy(button));
}

/** @param {HTMLButtonElement} button */
async function copy(button) {
  const field = document.getElementById(button.dataset.copies ?? "");
  if (!(field instanceof HTMLInputElement)) return;
  field.select();
  const label = button.textContent;
  button.textContent = (await copied(field.value)) ? (button.dataset.done ?? "") : (button.dataset.failed ?? "");
  setTimeout(() => (button.textContent = label), SHOWN_FOR_MS);
}

/** @param {string} text */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text); // without TLS there is no clipboard
    return true;
  } catch {
    return document.execCommand("copy"); // of what is selected
  }
}
