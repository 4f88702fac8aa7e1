import { element, icon } from "dom";
import { codeBox } from "markdown/code";
import { highlight } from "markdown/highlight";
import { renderMath } from "markdown/math";

/** What purified prose still needs: links that are safe to follow, code with its header, tables that scroll, formulas, footnotes. */

const CELL_LINE = 16; // characters of a table's cell that stay on one line
const CELL_LINES = 60; // more is a text
const UNFINISHED = "a, pre, code, table, [data-picture], [data-task], [data-note-reference], [data-note], [data-math]";

/** @param {DocumentFragment} fragment @param {string} scope tells this message's footnotes from another's */
export function finish(fragment, scope) {
  /** @type {HTMLElement[]} */
  const formulas = [];
  for (const found of /** @type {NodeListOf<HTMLElement>} */ (fragment.querySelectorAll(UNFINISHED))) {
    if (found instanceof HTMLAnchorElement) finishLink(found);
    else if (found instanceof HTMLPreElement) finishCode(found);
    else if (found instanceof HTMLTableElement) finishTable(found);
    else if (found.localName === "code") found.dir = "ltr";
    else if ("picture" in found.dataset) found.replaceWith(pictureCard(found));
    else if ("task" in found.dataset) finishTask(found);
    else if ("noteReference" in found.dataset) finishReference(found, scope);
    else if ("note" in found.dataset) finishNote(found, scope);
    else finishFormula(found, formulas);
  }
  if (formulas.length) void renderMath(formulas);
  // Where the text begins is where its first letter does. What has a direction of its own (code, formulas) doesn't count.
  for (const block of fragment.children) if (!block.hasAttribute("dir")) block.setAttribute("dir", "auto");
}

/** @param {HTMLElement} formula @param {HTMLElement[]} formulas */
function finishFormula(formula, formulas) {
  formula.dir = "ltr";
  if (formula.dataset.math === "open") formula.className = "formula broken";
  else {
    formula.dataset.tex = formula.textContent ?? "";
    formulas.push(formula);
  }
}

/** @param {HTMLAnchorElement} link */
function finishLink(link) {
  if (!/^(?:https?|mailto):/i.test(link.getAttribute("href") ?? "")) return link.replaceWith(...link.childNodes);
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
  link.classList.toggle("address", bare(link.getAttribute("href")) === bare(link.textContent)); // which print needn't say again
}

/** @param {string | null} address */
const bare = (address) => address?.trim().replace(/^(?:https?:\/\/|mailto:)|\/$/gi, "");

/** @param {HTMLPreElement} pre */
function finishCode(pre) {
  const language = pre.dataset.language ?? "";
  const open = pre.dataset.open !== undefined;
  const box = codeBox(language, pre);
  pre.replaceWith(box);
  box.append(pre);
  const code = pre.querySelector("code");
  if (!open && language && code) void highlight(code, language);
}

/** @param {HTMLTableElement} table */
function finishTable(table) {
  for (const cell of table.querySelectorAll("th, td")) {
    const length = cell.textContent?.length ?? 0;
    if (length > CELL_LINE) cell.classList.add(length > CELL_LINES ? "long" : "some");
  }
  const box = element("div", { class: "table", tabindex: "0", role: "group", "aria-label": "Table" });
  table.replaceWith(box);
  box.append(table);
}

/** @param {HTMLElement} span */
function pictureCard(span) {
  const source = span.dataset.picture ?? "";
  const url = parsed(source);
  const label = element("span", {}, span.textContent || "Picture");
  if (!url || !/^https?:$/.test(url.protocol)) return element("span", { class: "picture" }, icon("image"), label);
  const attributes = { class: "picture", href: url.href, target: "_blank", rel: "noopener noreferrer nofollow" };
  return element("a", attributes, icon("image"), label, element("small", {}, url.host), icon("external-link"));
}

/** @param {string} address */
function parsed(address) {
  try {
    return new URL(address);
  } catch {
    return null;
  }
}

/** @param {HTMLElement} task */
function finishTask(task) {
  const done = task.dataset.task === "done";
  task.className = "task";
  task.setAttribute("role", "img");
  task.setAttribute("aria-label", done ? "Done:" : "To do:");
  if (done) task.append(icon("check"));
  task.closest("li")?.classList.add("task-item");
}

/** @param {string} scope @param {string | undefined} label */
const noteId = (scope, label) => `note-${scope}-${encodeURIComponent(label ?? "")}`;

/** @param {HTMLElement} sup @param {string} scope */
function finishReference(sup, scope) {
  const label = sup.dataset.noteReference;
  const link = element("a", { href: `#${encodeURIComponent(noteId(scope, label))}`, "aria-label": `Footnote ${label}` }, label ?? "");
  sup.replaceChildren(link);
}

/** @param {HTMLElement} note @param {string} scope */
function finishNote(note, scope) {
  note.id = noteId(scope, note.dataset.note);
  note.className = "footnote";
  note.tabIndex = -1;
  const text = element("span", {}, ...note.childNodes);
  note.replaceChildren(element("span", { class: "footnote-label" }, note.dataset.note ?? ""), text);
}
