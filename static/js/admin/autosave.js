// Saves a prompt's draft while it is typed, and tells of another administrator who changes it meanwhile.
// @ts-check

/** @typedef {HTMLTextAreaElement | HTMLInputElement} Field */
/** @typedef {{ line: number, column: number, sentence: string }} Problem in the text, that keeps it from being published */
/** @typedef {{ version: number, revision: number, wording: object }} Opened */
/** @typedef {{ version: number, revision: number, author: string, is_own: boolean, opened?: Opened, errors?: Record<string, string[]>, problems?: Problem[], token_dollars?: number }} Answer */

const PAUSE_MS = 1500;
const LONGEST_WAIT_MS = 8000;
const LOOK_EVERY_MS = 10_000;

/** @param {boolean} isDraft */
function showState(isDraft) {
  for (const bar of document.querySelectorAll("[data-draft-state]")) {
    if (bar instanceof HTMLElement) bar.hidden = (bar.dataset.draftState === "draft") !== isDraft;
  }
  const saved = document.querySelector(".draft-saved");
  if (saved) saved.textContent = "Saved just now by you.";
}

/** @param {Record<string, string[]>} errors by the label of their field */
const sentences = (errors) =>
  Object.entries(errors)
    .map(([label, words]) => `${label}: ${words.join(" ")}`)
    .join(" ");

/** @param {HTMLElement} status @param {HTMLFormElement} form @param {Field} opened */
function autosave(status, form, opened) {
  const address = status.dataset.autosave ?? "";
  const names = (status.dataset.fields ?? "").split(" ");
  const fields = names.map((name) => form.elements.namedItem(name)).filter((field) => field !== null);
  let timer = 0;
  let since = 0;
  let isSaving = false;
  let isOvertaken = false;
  let isLeaving = false;

  const isChanged = () => fields.some((field) => /** @type {Field} */ (field).value !== /** @type {Field} */ (field).defaultValue);
  /** @param {string} words @param {boolean} [isWrong] */
  const say = (words, isWrong = false) => {
    status.textContent = words;
    status.classList.toggle("is-wrong", isWrong);
  };

  const state = () => JSON.parse(opened.value || "{}");

  /** @param {Answer} answer */
  const tell = (answer) => {
    if (isOvertaken) return;
    isOvertaken = true;
    const box = document.createElement("div");
    box.className = "changed-meanwhile";
    box.setAttribute("role", "alert");
    const words = document.createElement("p");
    const who = answer.is_own ? "You changed this draft in another tab" : `${answer.author || "Another administrator"} changed this draft`;
    words.textContent = answer.revision ? `${who} just now.` : "What is live was changed just now, and the draft is gone.";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "row-button";
    button.textContent = isChanged() ? "Bring both changes together" : "Show it";
    button.addEventListener("click", () => {
      isLeaving = true;
      const goOn = form.querySelector("input[name=_continue]");
      if (isChanged() && goOn instanceof HTMLElement) goOn.click();
      else location.reload();
    });
    box.append(words, button);
    form.prepend(box);
    if (isChanged()) say("Not saved: bring both changes together first. What you typed stays in the form.", true);
  };

  const save = async () => {
    clearTimeout(timer);
    if (isSaving || isOvertaken || isLeaving || !isChanged()) return;
    isSaving = true;
    since = 0;
    const sent = new FormData(form);
    say("Saving …");
    try {
      const response = await fetch(address, { method: "POST", body: sent, redirect: "manual", headers: { Accept: "application/json" } });
      const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
      if (!isJson)
        return say(
          response.status === 0 || response.status === 403
            ? "Not saved: you are signed out. This browser keeps what you typed."
            : "Not saved: the server failed. It is tried again as you type.",
          true,
        );
      const answer = /** @type {Answer} */ (await response.json());
      if (response.status === 409) return tell(answer);
      if (answer.errors) return say(`Not saved yet. ${sentences(answer.errors)}`, true);
      if (answer.opened) opened.value = JSON.stringify({ ...state(), draft: answer.opened });
      for (const field of fields) {
        if (field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement)
          field.defaultValue = String(sent.get(field.name) ?? "");
      }
      form.dispatchEvent(new CustomEvent("autosaved", { detail: answer }));
      showState(answer.revision > 0);
      const time = new Date().toLocaleTimeString([], { timeStyle: "short" });
      say(
        answer.revision
          ? `Draft saved at ${time}. Chats don’t use it until it is published.`
          : `Saved at ${time}: the same as what is live.`,
      );
    } catch {
      say("Not saved: no connection. It is tried again as you type.", true);
    } finally {
      isSaving = false;
      if (isChanged()) timer = setTimeout(save, LOOK_EVERY_MS);
    }
  };

  form.addEventListener("input", ({ target }) => {
    if (!(target instanceof Element) || !fields.includes(/** @type {Field} */ (target))) return;
    since ||= Date.now();
    clearTimeout(timer);
    timer = setTimeout(save, Date.now() - since > LONGEST_WAIT_MS ? 0 : PAUSE_MS);
  });
  form.addEventListener("submit", () => (isLeaving = true));

  const look = async () => {
    if (document.hidden || isSaving || isOvertaken || isLeaving) return;
    const before = state().draft;
    const response = await fetch(address, { redirect: "manual" }).catch(() => null);
    if (!response?.ok || isSaving) return;
    const now = /** @type {Answer} */ (await response.json());
    if (before.revision === state().draft.revision && (now.revision !== before.revision || now.version !== before.version)) tell(now);
  };
  setInterval(look, LOOK_EVERY_MS);
  document.addEventListener("visibilitychange", look);
}

const status = document.querySelector("[data-autosave]");
const opened = document.querySelector("input[name=opened]");
if (status instanceof HTMLElement && opened instanceof HTMLInputElement && opened.form) autosave(status, opened.form, opened);

export {}; // a module: its names are its own
