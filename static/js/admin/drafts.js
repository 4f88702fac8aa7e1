// Keeps what is typed into the long fields of the admin's forms until it is saved, and offers it again: after signing in, after a crash.
// @ts-check

/** @typedef {HTMLTextAreaElement | HTMLInputElement} Field */
/** @typedef {{ text: string, base: string, time: number }} Draft `base`: a hash of the text that the field began with; empty if unknown. */

const DAY_MS = 24 * 3600 * 1000;
const KEPT_DAYS = 30;
const PAUSE_MS = 400;
const LONG = 200; // characters: what a field must take to be a long one

/** @param {string} name */
const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.getAttribute("content") ?? "";
const prefix = `admin-draft:${meta("draft-owner")}:`;
/** @param {Field} field */
const keyOf = (field) => `${prefix}${location.pathname}:${field.name}`;

/** @param {string} text */
function hash(text) {
  let value = 5381;
  for (let place = 0; place < text.length; place++) value = (value * 33 + text.charCodeAt(place)) | 0;
  return `${text.length}:${value}`;
}

/** @param {string} key @returns {Draft | null} */
function read(key) {
  try {
    const draft = JSON.parse(localStorage.getItem(key) ?? "null");
    return typeof draft?.text === "string" && typeof draft.time === "number" ? draft : null;
  } catch {
    return null;
  }
}

/** @param {Field} field @param {boolean} wasRefused then it began with what was sent, and what is saved is unknown */
function keep(field, wasRefused) {
  const key = keyOf(field);
  const base = read(key)?.base ?? (wasRefused ? "" : hash(field.defaultValue));
  try {
    localStorage.setItem(key, JSON.stringify({ text: field.value, base, time: Date.now() }));
  } catch {
    // A full store must not stop the administrator from typing.
  }
}

/** Whether the browser keeps anything here. */
function canKeep() {
  try {
    return localStorage.length >= 0;
  } catch {
    return false;
  }
}

/** Forget what was saved, and what is old. */
function clear() {
  const saved = JSON.parse(meta("saved-forms") || "[]");
  const oldest = Date.now() - KEPT_DAYS * DAY_MS;
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith(prefix)) continue;
    const isSaved = saved.some((/** @type {string} */ path) => key.startsWith(`${prefix}${path}:`));
    if (isSaved || (read(key)?.time ?? 0) < oldest) localStorage.removeItem(key);
  }
}

/** @param {HTMLFormElement} form */
function longFields(form) {
  const fields = /** @type {NodeListOf<Field>} */ (form.querySelectorAll("textarea[name], input[type=text][maxlength]"));
  return [...fields].filter(
    (field) =>
      !("notKept" in field.dataset) &&
      !field.readOnly &&
      !field.name.includes("__prefix__") &&
      (field instanceof HTMLTextAreaElement || field.maxLength >= LONG),
  );
}

/** @param {HTMLFormElement} form @param {Map<Field, Draft>} found */
function offer(form, found) {
  const drafts = [...found.values()];
  const when = new Date(Math.max(...drafts.map(({ time }) => time)));
  const names = [...found.keys()].map((field) => field.labels?.[0]?.textContent?.replace(/:\s*$/, "").trim() || field.name);
  const changed = [...found].some(([field, { base }]) => base && base !== hash(field.defaultValue));
  const box = document.createElement("div");
  box.className = "draft-offer";
  box.setAttribute("role", "status");
  const words = document.createElement("p");
  const time = when.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  words.textContent = `You typed this on ${time} and did not save it: ${names.join(", ")}.`;
  if (changed) words.textContent += " What is saved has changed since then: compare before you save.";
  box.append(
    words,
    button("Restore it", () => {
      for (const [field, draft] of found) {
        field.value = draft.text;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
      box.remove();
      found.keys().next().value?.focus();
    }),
    button("Discard it", () => {
      for (const field of found.keys()) localStorage.removeItem(keyOf(field));
      box.remove();
    }),
  );
  form.before(box);
}

/** @param {string} label @param {() => void} action */
function button(label, action) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = label;
  made.addEventListener("click", action);
  return made;
}

/** @param {HTMLFormElement} form */
function watch(form) {
  const wasRefused = form.querySelector(".errornote") !== null; // it shows again what was sent, which is saved nowhere
  /** @type {Map<Field, Draft>} */
  const found = new Map();
  /** @type {Set<Field>} */
  const typed = new Set(wasRefused ? longFields(form) : []);
  for (const field of longFields(form)) {
    const draft = read(keyOf(field));
    if (draft && draft.text !== field.value) found.set(field, draft);
    else if (draft && !wasRefused) localStorage.removeItem(keyOf(field));
  }
  if (found.size && !form.querySelector("[data-merged]")) offer(form, found); // merged with another change, it is in the form already

  let timer = 0;
  const flush = () => {
    clearTimeout(timer);
    for (const field of typed) if (field.value !== field.defaultValue || wasRefused) keep(field, wasRefused);
  };
  form.addEventListener("input", ({ target }) => {
    const field = longFields(form).find((one) => one === target);
    if (!field) return;
    typed.add(field);
    clearTimeout(timer);
    timer = setTimeout(flush, PAUSE_MS);
  });
  form.addEventListener("submit", flush);
  form.addEventListener("autosaved", () => {
    for (const field of typed) if (field.value === field.defaultValue) localStorage.removeItem(keyOf(field));
  });
  addEventListener("pagehide", flush);
}

if (canKeep()) {
  clear();
  for (const form of document.querySelectorAll("#content-main > form[method=post][id$=_form]")) {
    if (form instanceof HTMLFormElement) watch(form);
  }
}
