import { rename } from "requests/conversations";
import { RequestFailed } from "requests/http";
import { element } from "dom";
import { isComposing, submits } from "enter-key";

/**
 * @typedef {import("protocol").Entry} Entry
 * @typedef {import("sidebar/entries").Entries} Entries
 */

/**
 * Give a conversation another title, in the place of the one that is there.
 *
 * @param {Entries} entries
 * @param {Entry} entry
 * @param {HTMLElement} place its row, or the page's top
 * @param {HTMLElement} from what has the focus afterwards
 */
export function renameInPlace(entries, entry, place, from) {
  const field = element("input", { class: "rename", "aria-label": "Title", maxlength: "120", dir: "auto", enterkeyhint: "done" });
  field.value = entry.title;
  place.classList.add("renaming");
  (place.querySelector(":scope > .title") ?? place.lastElementChild)?.after(field);
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
    place.classList.remove("renaming");
    if (document.activeElement === document.body) from.focus();
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
