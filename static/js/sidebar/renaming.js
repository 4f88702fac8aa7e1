import { rename, RequestFailed } from "conversation/http";
import { element, find } from "dom";
import { isComposing, submits } from "enter-key";

/**
 * @typedef {import("protocol").Entry} Entry
 * @typedef {import("sidebar/entries").Entries} Entries
 */

/** Give a conversation another title, in its row. @param {Entries} entries @param {Entry} entry @param {HTMLElement} row */
export function renameInPlace(entries, entry, row) {
  const field = element("input", { class: "rename", "aria-label": "Title", maxlength: "120", dir: "auto", enterkeyhint: "done" });
  field.value = entry.title;
  row.classList.add("renaming");
  row.append(field);
  field.select();
  field.focus();

  let ended = false;
  const end = async (/** @type {boolean} */ keep) => {
    if (ended) return;
    const title = field.value.trim();
    if (keep && title && title !== entry.title) {
      field.disabled = true;
      try {
        entries.put(await rename(entry.conversation, title));
      } catch (error) {
        field.disabled = false;
        field.setCustomValidity(error instanceof RequestFailed ? error.message : "That title can’t be kept.");
        field.reportValidity();
        return;
      }
    }
    ended = true;
    field.remove();
    row.classList.remove("renaming");
    if (document.activeElement === document.body) find("a", row).focus();
  };
  field.addEventListener("input", () => field.setCustomValidity(""));
  field.addEventListener("blur", () => end(true));
  field.addEventListener("keydown", (event) => {
    if (submits(event)) void end(true);
    else if (event.key === "Escape" && !isComposing(event)) void end(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}
