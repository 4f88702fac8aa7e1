import { archived, change, remove } from "conversation/http";
import { confirmed } from "dialog";
import { announce, element, iconButton, root } from "dom";

/**
 * The archived conversations, in a dialog: to look into, to take back into the list, or to delete.
 *
 * @typedef {import("protocol").Entry} Entry
 * @typedef {import("sidebar/entries").Entries} Entries
 */

const date = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", year: "numeric" });

/** @param {Entries} entries @param {(conversation: string | null) => void} onopen */
export async function openArchive(entries, onopen) {
  const list = element("ul");
  const state = element("p", { role: "status" }, "Loading…");
  const more = element("button", { type: "button", class: "button", hidden: true }, "Show more");
  const close = element("button", { class: "button", autofocus: true }, "Close");
  const bar = element("form", { method: "dialog", class: "bar" }, more, close);
  const title = element("h2", { id: "archive-title" }, "Archived conversations");
  const dialog = element("dialog", { class: "archive", "aria-labelledby": "archive-title", closedby: "any" }, title, state, list, bar);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  /** @type {string | null} */
  let cursor = null;

  const say = (/** @type {unknown} */ error) => (state.textContent = error instanceof Error ? error.message : "");
  const load = async () => {
    try {
      const page = await archived(cursor);
      cursor = page.more;
      list.append(...page.conversations.map(rowFor));
      more.hidden = !cursor;
      describe();
    } catch (error) {
      say(error);
    }
  };
  const describe = () =>
    (state.textContent = list.childElementCount ? "They are left out of the list. A new message brings one back." : "Nothing is archived.");
  const gone = (/** @type {HTMLElement} */ row) => {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    describe();
    (next?.querySelector("a") ?? close).focus();
  };

  const rowFor = (/** @type {Entry} */ entry) => {
    const name = entry.title || "New chat";
    const link = element(
      "a",
      { href: `${root}c/${entry.conversation}/` },
      element("span", { dir: "auto" }, name),
      element("small", {}, date.format(new Date(entry.updated))),
    );
    const back = iconButton("archive-restore", `Unarchive ${name}`);
    const away = iconButton("trash-2", `Delete ${name}`);
    const row = element("li", {}, link, back, away);
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      dialog.close();
      onopen(entry.conversation);
    });
    back.addEventListener("click", async () => {
      try {
        for (const fresh of (await change([entry.conversation], { archived: false })).conversations) entries.put(fresh);
        announce("Back in the list.");
        gone(row);
      } catch (error) {
        say(error);
      }
    });
    away.addEventListener("click", async () => {
      const text = `“${name}” and all its messages will be gone for good.`;
      if (!(await confirmed({ title: "Delete this conversation?", text, action: "Delete" }))) return away.focus();
      try {
        await remove(entry.conversation);
        entries.remove(entry.conversation);
        if (entries.current === entry.conversation) onopen(null);
        gone(row);
      } catch (error) {
        say(error);
      }
    });
    return row;
  };

  more.addEventListener("click", () => void load());
  await load();
}
