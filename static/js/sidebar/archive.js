import { archived, change, portions, remove, removeSeveral } from "requests/conversations";
import { confirmed } from "dialog";
import { announce, element, find, iconButton, root } from "dom";
import { TickedRows, idOf, tick } from "sidebar/ticked-rows";

/**
 * The archived conversations, in a dialog: to look into, to take back into the list, or to delete; several at once, too.
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
  const backAll = element("button", { type: "button", class: "button", hidden: true });
  const awayAll = element("button", { type: "button", class: "button danger", hidden: true });
  const bar = element("form", { method: "dialog", class: "bar" }, backAll, awayAll, more, close);
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
    offer();
    (next?.querySelector("a") ?? close).focus();
  };

  const rows = () => /** @type {HTMLLIElement[]} */ ([...list.children]);
  const checked = () => rows().filter((row) => boxOf(row).checked);
  const offer = () => {
    const count = checked().length;
    backAll.hidden = awayAll.hidden = !count;
    backAll.textContent = `Unarchive ${count.toLocaleString("en")}`;
    awayAll.textContent = `Delete ${count.toLocaleString("en")}`;
  };
  /** @param {(some: string[]) => Promise<unknown>} work @param {string} told */
  const withChecked = async (work, told) => {
    const chosen = checked();
    try {
      for (const some of portions(chosen.map(idOf))) await work(some);
    } catch (error) {
      return say(error);
    }
    for (const row of chosen) row.remove();
    describe();
    offer();
    close.focus();
    announce(`${chosen.length.toLocaleString("en")} ${told}`);
  };
  backAll.addEventListener("click", () => {
    const work = async (/** @type {string[]} */ some) =>
      (await change(some, { archived: false })).conversations.forEach((entry) => entries.put(entry));
    void withChecked(work, "back in the list.");
  });
  awayAll.addEventListener("click", async () => {
    const ids = checked().map(idOf);
    const what = ids.length === 1 ? "1 conversation" : `${ids.length.toLocaleString("en")} conversations`;
    const text = `${what} and all messages in ${ids.length === 1 ? "it" : "them"} will be gone for good.`;
    if (!(await confirmed({ title: `Delete ${what}?`, text, action: "Delete" }))) return awayAll.focus();
    const isOpen = ids.includes(entries.current ?? "");
    await withChecked(async (some) => {
      await removeSeveral(some);
      for (const id of some) entries.remove(id);
    }, "deleted.");
    if (isOpen && !entries.get(entries.current)) onopen(null);
  });
  const ticked = new TickedRows(rows);
  list.addEventListener("click", (event) => {
    const box = /** @type {Element} */ (event.target);
    const row = box.closest("li");
    if (!row || !(box instanceof HTMLInputElement)) return;
    const range = new Set(ticked.reached(idOf(row), event.shiftKey && box.checked));
    if (box.checked) for (const one of rows()) boxOf(one).checked ||= range.has(idOf(one));
    offer();
  });

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
    const box = element("input", { type: "checkbox", "aria-label": `Select ${name}` });
    const row = element("li", { "data-conversation": entry.conversation }, tick(box), link, back, away);
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

/** @param {HTMLElement} row @returns {HTMLInputElement} */
const boxOf = (row) => find("input", row);
