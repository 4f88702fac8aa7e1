// A page that answered a form: reloading it opens the address in `data-reload`, and sends nothing again.
// @ts-check

const shown = document.querySelector("[data-reload]");
if (shown instanceof HTMLElement) history.replaceState(null, "", shown.dataset.reload);
