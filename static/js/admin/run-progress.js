// Says how far a run is while its page is open, and shows its results when it is over.
// @ts-check

const PROGRESS_EVERY_MS = 2000;

/** @param {HTMLElement} status */
async function showProgress(status) {
  if (document.hidden) return;
  const answer = await fetch(status.dataset.runState ?? "").catch(() => null);
  if (!answer?.ok) return;
  const { state, done, total } = await answer.json();
  const words = total === undefined ? status.textContent : `${done} of ${total}`;
  if (status.textContent !== words) status.textContent = words;
  if (state !== "waiting" && state !== "running") location.reload();
}

for (const status of document.querySelectorAll("[data-run-state]")) {
  if (status instanceof HTMLElement) setInterval(() => void showProgress(status), PROGRESS_EVERY_MS);
}
