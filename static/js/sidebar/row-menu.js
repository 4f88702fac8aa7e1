import { remove, rename, RequestFailed } from "conversation/http";
import { confirmed } from "dialog";
import { element, find } from "dom";
import { isComposing, submits } from "enter-key";
import { openMenu } from "menu";

/**
 * Rename and delete a conversation, from its row in the sidebar.
 *
 * @typedef {import("protocol").Entry} Entry
 * @typedef {import("sidebar/entries").Entries} Entries
 */

/** @param {Entries} entries @param {Entry} entry @param {HTMLElement} button @param {(conversation: string | null) => void} onopen */
export function openRowMenu(entries, entry, button, onopen) {
  const row = /** @type {HTMLElement} */ (button.closest(".row"));
  openMenu(button, `More for ${entry.title}`, [
    { label: "Rename", icon: "pencil", action: () => renameInPlace(entries, entry, row) },
    { label: "Delete", icon: "trash-2", danger: true, action: () => deleteConfirmed(entries, entry, row, onopen) },
  ]);
}

/** @param {Entries} entries @param {Entry} entry @param {HTMLElement} row */
function renameInPlace(entries, entry, row) {
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

/** @param {Entries} entries @param {Entry} entry @param {HTMLElement} row @param {(conversation: string | null) => void} onopen */
async function deleteConfirmed(entries, entry, row, onopen) {
  const text = `“${entry.title || "New chat"}” and all its messages will be gone for good.`;
  if (!(await confirmed({ title: "Delete this conversation?", text, action: "Delete" }))) return find("a", row).focus();
  // Now, for the server tells of it before it answers:
  const isOpen = entries.current === entry.conversation;
  const neighbour = row.nextElementSibling ?? row.previousElementSibling;
  try {
    await remove(entry.conversation);
  } catch (error) {
    if (!(error instanceof RequestFailed) || error.status !== 404) {
      await confirmed({ title: "It is still there", text: error instanceof Error ? error.message : "", action: "OK" });
      return;
    }
  }
  entries.remove(entry.conversation);
  if (entries.current === entry.conversation) onopen(null);
  else if (!isOpen) find("a", neighbour ?? find(".sidebar")).focus(); // its own row goes away
}
