// A form that takes its time says so, and is sent once.
// @ts-check

for (const form of document.querySelectorAll("form[data-busy]")) {
  if (form instanceof HTMLFormElement) form.addEventListener("submit", (event) => begin(form, event));
}
// A page that comes back out of the browser's memory waits for nothing.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

/**
 * @param {HTMLFormElement} form
 * @param {SubmitEvent} event
 */
function begin(form, event) {
  if (form.getAttribute("aria-busy") === "true") return event.preventDefault();
  form.setAttribute("aria-busy", "true");
  const button = form.querySelector("button[type=submit], input[type=submit]");
  const words = form.dataset.busy ?? "";
  if (button instanceof HTMLInputElement) button.value = words;
  else if (button) button.textContent = words;
}
