/** Passwords can be looked at while they are typed, and a page with one form begins in its first field, or its first mistake. */
for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("[data-shows]"))) {
  const field = document.getElementById(button.dataset.shows ?? "");
  if (!(field instanceof HTMLInputElement)) continue;
  button.hidden = false;
  const show = (/** @type {boolean} */ visible) => {
    field.type = visible ? "text" : "password";
    button.setAttribute("aria-pressed", String(visible));
    button.querySelector("use")?.setAttribute("href", visible ? "#icon-eye-off" : "#icon-eye");
  };
  button.addEventListener("click", () => show(field.type === "password"));
  field.form?.addEventListener("submit", () => show(false)); // password managers look for a password field
}

const form = document.querySelector("main form");
const first = form?.querySelector(".field [aria-invalid=true]") ?? form?.querySelector(".field input");
if (first instanceof HTMLElement) first.focus();
