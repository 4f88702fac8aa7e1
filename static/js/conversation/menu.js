import { download } from "conversation/download";
import { change, remove } from "requests/conversations";
import { loadedOrSaid, RequestFailed } from "requests/http";
import { confirmed } from "dialog";
import { announce, find } from "dom";
import { openMenu } from "menu";

/**
 * What can be done with a conversation as a whole: opened from its row in the sidebar, or from the conversation itself.
 *
 * @typedef {import("protocol").Entry} Entry
 * @typedef {{
 *   entries: import("sidebar/entries").Entries, open: (conversation: string | null) => void, onproblem: (detail: string, code?: string) => void,
 *   variables?: (conversation: string) => void, print?: () => void, select?: (conversation: string) => void,
 * }} ConversationActions  `variables`: where its prompt has some; `print`: only the open one can be; `select`: several, from their rows.
 */

/** @param {HTMLElement} button @param {Entry} entry @param {ConversationActions} actions */
export function openConversationMenu(button, entry, actions) {
  const { pinned, archived } = entry;
  const row = /** @type {HTMLElement | null} */ (button.closest(".row"));
  const set = (/** @type {{pinned?: boolean, archived?: boolean}} */ changes, /** @type {string} */ told) => () =>
    void changed(entry, changes, told, actions, row);
  /** @type {import("menu").Item[]} */
  const items = [];
  if (!archived) {
    items.push(
      pinned
        ? { label: "Unpin", icon: "pin-off", action: set({ pinned: false }, "Unpinned.") }
        : { label: "Pin", icon: "pin", action: set({ pinned: true }, "Pinned.") },
    );
  }
  const place = row ?? find(".top");
  items.push({ label: "Rename", icon: "pencil", action: () => void renamed(entry, actions, place, row ? find("a", row) : button) });
  const { variables } = actions;
  if (variables) items.push({ label: "What the assistant asked for", icon: "info", action: () => variables(entry.conversation) });
  items.push(
    archived
      ? { label: "Unarchive", icon: "archive-restore", action: set({ archived: false }, "Back in the list.") }
      : { label: "Archive", icon: "archive", action: set({ archived: true }, "Archived.") },
  );
  items.push(
    { label: "Download as Markdown", icon: "download", action: () => void saved(entry, "markdown", actions) },
    { label: "Download as JSON", icon: "download", action: () => void saved(entry, "json", actions) },
    { label: "Download with files", icon: "download", action: () => void saved(entry, "files", actions) },
  );
  const { select } = actions;
  if (select) items.push({ label: "Select several", icon: "list-checks", action: () => select(entry.conversation) });
  if (actions.print) items.push({ label: "Print or save as PDF", icon: "printer", action: actions.print });
  items.push({ label: "Delete", icon: "trash-2", danger: true, action: () => void deleteConfirmed(entry, actions, row) });
  openMenu(button, row ? `More for ${entry.title}` : "Conversation menu", items);
}

/** @param {Entry} entry @param {{pinned?: boolean, archived?: boolean}} changes @param {string} told @param {ConversationActions} actions @param {HTMLElement | null} row */
async function changed(entry, changes, told, { entries, onproblem }, row) {
  const beside = changes.archived ? neighbour(row) : null;
  try {
    for (const fresh of (await change([entry.conversation], changes)).conversations) entries.put(fresh);
  } catch (error) {
    return onproblem(error instanceof Error ? error.message : "");
  }
  announce(told);
  beside?.focus();
}

/** @param {Entry} entry @param {import("conversation/download").Format} format @param {ConversationActions} actions */
async function saved(entry, format, { onproblem }) {
  const problem = await download(entry.conversation, format);
  if (problem) onproblem(problem);
}

/** @param {Entry} entry @param {ConversationActions} actions @param {HTMLElement} place @param {HTMLElement} from what gets the focus back */
async function renamed(entry, { entries, onproblem }, place, from) {
  const module = await loadedOrSaid(import("sidebar/renaming"), onproblem);
  module?.renameInPlace(entries, entry, place, from);
}

/** @param {Entry} entry @param {ConversationActions} actions @param {HTMLElement | null} row */
async function deleteConfirmed(entry, { entries, open }, row) {
  const text = `“${entry.title || "New chat"}” and all its messages will be gone for good.`;
  if (!(await confirmed({ title: "Delete this conversation?", text, action: "Delete" }))) return row && find("a", row).focus();
  // Now, for the server tells of it before it answers:
  const isOpen = entries.current === entry.conversation;
  const beside = neighbour(row);
  try {
    await remove(entry.conversation);
  } catch (error) {
    if (!(error instanceof RequestFailed) || error.status !== 404) {
      await confirmed({ title: "It is still there", text: error instanceof Error ? error.message : "", action: "OK" });
      return;
    }
  }
  entries.remove(entry.conversation);
  if (entries.current === entry.conversation) open(null);
  else if (!isOpen) beside?.focus(); // its own row goes away
}

/** The row that is read next when this one is gone. @param {HTMLElement | null} row */
function neighbour(row) {
  const rows = [...document.querySelectorAll(".sidebar .row")];
  const at = row ? rows.indexOf(row) : -1;
  return at < 0 ? null : /** @type {HTMLElement | undefined} */ ((rows[at + 1] ?? rows[at - 1])?.querySelector("a"));
}
