/** The buttons of a block of code in an answer. @param {MouseEvent} event */
export async function act({ target }) {
  const button = target instanceof Element ? target.closest("button[data-action]") : null;
  if (!(button instanceof HTMLElement)) return;
  const box = button.closest(".code");
  if (button.dataset.action === "wrap-code") button.setAttribute("aria-pressed", String(box?.classList.toggle("wrapped")));
  const { copyFrom } = await import("messages/clipboard");
  if (button.dataset.action === "copy-code") void copyFrom(button, { text: box?.querySelector("code")?.textContent ?? "" });
}
