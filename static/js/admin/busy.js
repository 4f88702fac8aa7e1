// A form that takes its time says so, and is sent once.
// @ts-check

document.addEventListener("submit", (event) => {
  if (event.target instanceof HTMLFormElement) begin(event.target, event);
});
// A page that comes back out of the browser's memory waits for nothing.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

/**
 * What it says stands at the form, or at the button that takes longer than the others.
 * @param {HTMLFormElement} form
 * @param {SubmitEvent} event
 */
function begin(form, event) {
  if (form.getAttribute("aria-busy") === "true") return event.preventDefault();
  const words = event.submitter?.dataset.busy ?? form.dataset.busy;
  if (words === undefined) return;
  form.setAttribute("aria-busy", "true");
  const button = event.submitter ?? form.querySelector("button[type=submit], input[type=submit]");
  const before = button instanceof HTMLInputElement ? button.value : (button?.textContent ?? "");
  label(button, words);
  const stayed = () => {
    form.removeAttribute("aria-busy");
    label(button, before);
  };
  document.addEventListener("stayed", stayed, { once: true }); // see unsaved.js
}

/** @param {Element | null} button @param {string} words */
function label(button, words) {
  if (button instanceof HTMLInputElement) button.value = words;
  else if (button) button.textContent = words;
}
