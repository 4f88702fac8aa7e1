/** Names the field where a user is chosen, and the one for searching in it: Django's own (select2) leaves both without an accessible name. */

const { jQuery } = /** @type {any} */ (window).django;

jQuery(() => {
  // after Django's own, which makes the fields
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const label = document.querySelector(`label[for="${select.id}"]`);
    const combobox = select.parentElement?.querySelector("[role=combobox]");
    if (!label || !combobox) continue;
    label.id ||= `${select.id}-label`;
    combobox.setAttribute("aria-labelledby", `${label.id} ${combobox.getAttribute("aria-labelledby") ?? ""}`.trim());
    combobox.querySelector(".select2-search__field")?.setAttribute("aria-labelledby", label.id); // of several users
    jQuery(select).on("select2:open", () => document.querySelector(".select2-search__field")?.setAttribute("aria-labelledby", label.id));
  }
});
