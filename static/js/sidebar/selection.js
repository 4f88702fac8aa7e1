import { downloadSeveral } from "conversation/download";
import { change, portions, removeSeveral } from "requests/conversations";
import { confirmed } from "dialog";
import { announce, element, find, iconButton } from "dom";
import { openMenu } from "menu";
import { TickedRows, idOf, tick } from "sidebar/ticked-rows";

/**
 * Several conversations at once: while it lasts, the rows are checkboxes, and what is done is done with all that are checked.
 *
 * @typedef {import("sidebar/list").ConversationList} List
 * @typedef {{open: (conversation: string | null) => void, onproblem: (detail: string) => void}} SelectionHandlers
 */

/** @param {List} list @param {string} first the one that is checked at once @param {SelectionHandlers} handlers */
export function selectSeveral(list, first, { open, onproblem }) {
  const { entries } = list;
  const sidebar = find(".sidebar");
  if (sidebar.dataset.selecting !== undefined) return;
  const chosen = new Set([first]);
  const ticked = new TickedRows(() => rowsOf(list));
  ticked.reached(first, false);
  const ending = new AbortController();
  const count = element("span", { role: "status" });
  const bar = element("div", { class: "selection", role: "toolbar", "aria-label": "Selected conversations" }, count);
  const button = (/** @type {string} */ name, /** @type {string} */ label, /** @type {() => void} */ action) => {
    const made = iconButton(name, label);
    made.addEventListener("click", action);
    bar.append(made);
    return made;
  };

  const show = () => {
    const known = new Set(entries.sorted.map((entry) => entry.conversation));
    for (const id of chosen) if (!known.has(id)) chosen.delete(id); // it went away meanwhile
    for (const row of rowsOf(list)) {
      const link = find("a", row);
      link.setAttribute("role", "checkbox");
      link.setAttribute("aria-checked", String(chosen.has(idOf(row))));
      if (!link.querySelector(".tick")) link.prepend(tick());
    }
    const text = `${chosen.size.toLocaleString("en")} selected`;
    if (count.textContent !== text) count.textContent = text;
    const allPinned = chosen.size > 0 && [...chosen].every((id) => entries.get(id)?.pinned);
    pin.hidden = allPinned;
    unpin.hidden = !allPinned;
    for (const one of needChosen) one.disabled = !chosen.size;
  };
  const end = () => {
    ending.abort();
    list.ondrawn = () => {};
    delete sidebar.dataset.selecting;
    bar.remove();
    for (const link of list.element.querySelectorAll("a[role=checkbox]")) {
      link.removeAttribute("role");
      link.removeAttribute("aria-checked");
      link.querySelector(".tick")?.remove();
    }
    list.element.querySelector("a")?.focus();
  };
  /** Some at a time, each time in one transaction. @param {string} told @param {(some: string[]) => Promise<void>} work */
  const withChosen = async (told, work) => {
    const ids = [...chosen];
    for (const one of needChosen) one.disabled = true;
    try {
      for (const some of portions(ids)) await work(some);
    } catch (error) {
      onproblem(error instanceof Error ? error.message : "");
      return show();
    }
    end();
    announce(`${ids.length.toLocaleString("en")} ${told}`);
  };
  const set = (/** @type {string} */ told, /** @type {{pinned?: boolean, archived?: boolean}} */ changes) =>
    withChosen(told, async (some) => (await change(some, changes)).conversations.forEach((entry) => entries.put(entry)));
  const remove = async () => {
    const what = chosen.size === 1 ? "1 conversation" : `${chosen.size.toLocaleString("en")} conversations`;
    const text = `${what} and all messages in ${chosen.size === 1 ? "it" : "them"} will be gone for good.`;
    if (!(await confirmed({ title: `Delete ${what}?`, text, action: "Delete" }))) return;
    const isOpen = chosen.has(entries.current ?? "");
    await withChosen("deleted.", async (some) => {
      await removeSeveral(some);
      for (const id of some) entries.remove(id);
    });
    if (isOpen && !entries.get(entries.current)) open(null);
  };
  const inOrder = () => entries.sorted.map((entry) => entry.conversation).filter((id) => chosen.has(id));
  const saved = async (/** @type {import("conversation/download").Format} */ format) => {
    const problem = await downloadSeveral(inOrder(), format);
    if (problem) onproblem(problem);
  };
  const offerDownload = () =>
    openMenu(download, "Download selected", [
      { label: "Download as Markdown", icon: "download", action: () => void saved("markdown") },
      { label: "Download as JSON", icon: "download", action: () => void saved("json") },
      { label: "Download with files", icon: "download", action: () => void saved("files") },
    ]);

  button("x", "End selecting", end);
  button("list-checks", "Select all shown", () => {
    for (const entry of entries.sorted) chosen.add(entry.conversation);
    show();
  });
  const pin = button("pin", "Pin selected", () => void set("pinned.", { pinned: true }));
  const unpin = button("pin-off", "Unpin selected", () => void set("unpinned.", { pinned: false }));
  const download = button("download", "Download selected", offerDownload);
  download.setAttribute("aria-haspopup", "menu");
  download.setAttribute("aria-expanded", "false");
  const needChosen = [
    pin,
    unpin,
    download,
    button("archive", "Archive selected", () => void set("archived.", { archived: true })),
    button("trash-2", "Delete selected", () => void remove()),
  ];
  list.element.before(bar);
  sidebar.dataset.selecting = "";

  const toggle = (/** @type {MouseEvent | KeyboardEvent} */ event) => {
    const row = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-conversation]"));
    const id = row?.dataset.conversation;
    if (!id) return;
    event.preventDefault();
    event.stopPropagation();
    const range = ticked.reached(id, event.shiftKey);
    if (event.shiftKey) for (const one of range) chosen.add(one);
    else if (!chosen.delete(id)) chosen.add(id);
    show();
  };
  const options = { capture: true, signal: ending.signal };
  list.element.addEventListener("click", toggle, options);
  list.element.addEventListener("keydown", (event) => event.key === " " && toggle(event), options);
  sidebar.addEventListener("keydown", (event) => event.key === "Escape" && !isInMenu(event) && (event.stopPropagation(), end()), options);
  list.ondrawn = show;
  show();
  find(`[data-conversation="${first}"] a`, list.element).focus(); // its button is hidden meanwhile
}

/** @param {List} list */
const rowsOf = (list) => /** @type {HTMLElement[]} */ ([...list.element.querySelectorAll(".row")]);

/** A menu takes Escape for itself. @param {Event} event */
const isInMenu = (event) => Boolean(/** @type {Element} */ (event.target).closest("[role=menu]"));
