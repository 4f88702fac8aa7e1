import { element } from "dom";

/** What is shown of messages, as it is when it is taken elsewhere: formulas as TeX, without buttons and labels. */

const OURS = "header, .picture svg, .for-readers, .caret, button, .foot, summary";

/** @param {Element} formula */
function texOf(formula) {
  const { tex = "" } = /** @type {HTMLElement} */ (formula).dataset;
  return formula.matches('.block, [data-math="block"]') ? `$$${tex}$$` : `$${tex}$`;
}

/** @param {DocumentFragment} fragment a copy of what is shown @returns {HTMLElement} */
function cleaned(fragment) {
  const box = element("div", {}, fragment);
  for (const formula of box.querySelectorAll("[data-tex]")) formula.replaceWith(texOf(formula));
  for (const task of box.querySelectorAll(".task"))
    task.replaceWith(/** @type {HTMLElement} */ (task).dataset.task === "done" ? "☑ " : "☐ ");
  for (const one of box.querySelectorAll(OURS)) one.remove();
  for (const heading of /** @type {NodeListOf<HTMLElement>} */ (box.querySelectorAll("[data-depth]"))) {
    heading.replaceWith(element(/** @type {"h1"} */ (`h${heading.dataset.depth}`), { dir: heading.dir }, ...heading.childNodes));
  }
  for (const one of box.querySelectorAll("*"))
    for (const { name } of [...one.attributes]) if (!/^(?:href|title|start|dir|align)$/.test(name)) one.removeAttribute(name);
  for (const note of box.querySelectorAll('a[href^="#"]')) note.removeAttribute("href");
  return box;
}

/** An answer with its looks, without its thoughts unless they are all there is. @param {Element} message */
export function htmlOf(message) {
  const fragment = document.createDocumentFragment();
  const said = message.querySelectorAll(".body > .text");
  for (const part of said.length ? said : message.querySelectorAll(".body > .thoughts > .text"))
    fragment.append(...[...part.childNodes].map((node) => node.cloneNode(true)));
  return cleaned(fragment).innerHTML;
}

/** Copy a selection with each formula once, as TeX; what holds none is left to the browser. @param {ClipboardEvent} event */
export function copyWithTex(event) {
  const selection = getSelection();
  if (!selection?.rangeCount || selection.isCollapsed || !event.clipboardData) return;
  const range = selection.getRangeAt(0).cloneRange();
  const [first, last] = [formulaAround(range.startContainer), formulaAround(range.endContainer)];
  if (first) range.setStartBefore(first); // half a formula is none
  if (last) range.setEndAfter(last);
  const fragment = range.cloneContents();
  if (!fragment.querySelector("[data-tex]")) return;
  const box = cleaned(fragment);
  event.clipboardData.setData("text/html", box.innerHTML);
  event.clipboardData.setData("text/plain", linesOf(box));
  event.preventDefault();
}

/** @param {Node} node */
const formulaAround = (node) => (node instanceof Element ? node : node.parentElement)?.closest("[data-tex]");

/** Its text as lines, which the browser knows of what is on the page only. @param {HTMLElement} box */
function linesOf(box) {
  box.className = "text for-readers";
  document.body.append(box);
  const text = box.innerText;
  box.remove();
  return text.replace(/\n{3,}/g, "\n\n").trim();
}
