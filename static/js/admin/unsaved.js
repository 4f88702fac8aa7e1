// Asks before a form is left whose entries differ from what it was opened with.
// @ts-check

/** @param {Element} field @returns {boolean} */
function isChanged(field) {
  if (!field.getAttribute("name")) return false; // it isn't sent: scripts make such for what another field holds, such as variables
  if (field instanceof HTMLInputElement) {
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    return !["hidden", "submit", "button", "search"].includes(field.type) && field.value !== field.defaultValue;
  }
  if (field instanceof HTMLTextAreaElement) return field.value !== field.defaultValue;
  // Django's script moves the options of lists for several between two boxes, and says nowhere where they began.
  if (!(field instanceof HTMLSelectElement) || field.multiple) return false;
  const options = [...field.options];
  const first = Math.max(
    0,
    options.findIndex((option) => option.defaultSelected),
  );
  return field.selectedIndex > -1 && field.selectedIndex !== first;
}

for (const form of document.querySelectorAll("#content-main > form[method=post][id$=_form]")) {
  if (!(form instanceof HTMLFormElement)) continue;
  let isSent = false;
  form.addEventListener("submit", () => (isSent = true));
  addEventListener("pageshow", () => (isSent = false));
  addEventListener("beforeunload", (event) => {
    if (isSent || ![...form.elements].some(isChanged)) return;
    event.preventDefault();
    setTimeout(() => document.dispatchEvent(new Event("stayed"))); // runs once the question was answered
  });
}
