// Finds models in a long list, and selects all that are shown.
// @ts-check

/** @param {HTMLFormElement} form */
function watch(form) {
  const tools = form.querySelector(".offers-tools");
  const filter = form.querySelector(".offers-filter");
  const all = form.querySelector(".offers-all");
  const count = form.querySelector(".offers-count");
  const none = form.querySelector(".offers-none");
  if (!(tools instanceof HTMLElement) || !(filter instanceof HTMLInputElement) || !(all instanceof HTMLInputElement)) return;
  const rows = [...form.querySelectorAll(".offers-table tbody tr")].map((row) => ({
    row: /** @type {HTMLElement} */ (row),
    name: (row.querySelector(".offer-name")?.textContent ?? "").toLowerCase(),
    box: /** @type {HTMLInputElement | null} */ (row.querySelector("input[name=add]")),
  }));

  const tell = () => {
    const shown = rows.filter(({ row }) => !row.hidden);
    const boxes = shown.flatMap(({ box }) => box ?? []);
    const selected = rows.filter(({ box }) => box?.checked).length;
    all.disabled = boxes.length === 0;
    all.checked = boxes.length > 0 && boxes.every((box) => box.checked);
    all.indeterminate = !all.checked && boxes.some((box) => box.checked);
    if (count) count.textContent = `${shown.length} of ${rows.length} shown, ${selected} selected`;
    if (none instanceof HTMLElement) none.hidden = shown.length > 0;
  };
  const narrow = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const { row, name } of rows) row.hidden = !words.every((word) => name.includes(word));
    tell();
  };
  filter.addEventListener("input", narrow);
  filter.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault(); // it searches; it doesn't add
  });
  all.addEventListener("change", () => {
    for (const { row, box } of rows) if (box && !row.hidden) box.checked = all.checked;
    tell();
  });
  form.addEventListener("change", tell);
  tools.hidden = false;
  narrow();
}

for (const form of document.querySelectorAll("form.offers")) {
  if (form instanceof HTMLFormElement) watch(form);
}
