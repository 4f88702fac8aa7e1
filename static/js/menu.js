import { element, icon } from "dom";

/**
 * A menu that drops from a button. Arrows move, typing the first letter jumps, Escape closes and gives the focus back.
 *
 * @typedef {{label: string, icon?: string, detail?: string, checked?: boolean, danger?: boolean, group?: string, action: () => void}} Item
 */

/** @param {HTMLElement} button @param {string} label @param {Item[]} items @param {{wide?: boolean}} [options] */
export function openMenu(button, label, items, { wide = false } = {}) {
  const menu = element("div", { class: wide ? "menu wide" : "menu", role: "menu", "aria-label": label });
  for (const item of items) {
    const made = itemElement(item, () => (close(), item.action()));
    (item.group ? groupElement(menu, item.group) : menu).append(made);
  }
  (button.closest("nav, main") ?? document.body).append(menu);

  const outside = new AbortController();
  const close = () => {
    outside.abort();
    button.setAttribute("aria-expanded", "false");
    const inside = menu.contains(document.activeElement) || document.activeElement === document.body;
    menu.remove();
    if (inside) button.focus();
  };
  menu.addEventListener("keydown", (event) => move(menu, event, close));
  // By hand, for browsers of 2023 have no popover.
  const options = { signal: outside.signal, capture: true };
  document.addEventListener("pointerdown", (event) => menu.contains(/** @type {Node} */ (event.target)) || close(), options);
  document.addEventListener("focusin", (event) => menu.contains(/** @type {Node} */ (event.target)) || close(), options);
  place(menu, button);
  button.setAttribute("aria-expanded", "true");
  const first = menu.querySelector('[aria-checked="true"]') ?? menu.querySelector("button");
  if (first instanceof HTMLElement) first.focus();
}

/** The group under this heading, at the menu's end. @param {HTMLElement} menu @param {string} heading */
function groupElement(menu, heading) {
  const last = menu.lastElementChild;
  if (last?.getAttribute("aria-label") === heading) return last;
  const made = element(
    "div",
    { role: "group", "aria-label": heading },
    element("span", { class: "heading", "aria-hidden": "true" }, heading),
  );
  menu.append(made);
  return made;
}

/** @param {Item} item @param {() => void} choose */
function itemElement(item, choose) {
  const role = item.checked === undefined ? "menuitem" : "menuitemradio";
  const checked = item.checked === undefined ? undefined : String(item.checked);
  const label = element("span", { class: "label" }, item.label, ...(item.detail ? [element("small", {}, item.detail)] : []));
  const made = element("button", {
    type: "button",
    role,
    tabindex: "-1",
    "aria-checked": checked,
    class: item.danger ? "danger" : undefined,
  });
  made.append(...(item.icon ? [icon(item.icon)] : []), label, ...(item.checked ? [icon("check")] : []));
  made.addEventListener("click", choose);
  return made;
}

/** @param {HTMLElement} menu @param {KeyboardEvent} event @param {() => void} close */
function move(menu, event, close) {
  const items = /** @type {HTMLElement[]} */ ([...menu.querySelectorAll("button")]);
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  event.stopPropagation(); // what is behind the menu has keys of its own
  if (event.key === "Tab" || event.key === "Escape") {
    close();
    if (event.key === "Tab") return;
  } else if (next !== undefined) items.at(next % items.length)?.focus();
  else if (event.key.length === 1 && event.key !== " ") {
    const letter = event.key.toLowerCase();
    [...items.slice(at + 1), ...items].find((item) => item.textContent?.trim().toLowerCase().startsWith(letter))?.focus();
    return;
  } else return;
  event.preventDefault();
}

/** Below the button, or above it where there is more room. @param {HTMLElement} menu @param {HTMLElement} button */
function place(menu, button) {
  const edge = 8;
  const anchor = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = innerHeight - anchor.bottom - edge;
  const top = height <= below || anchor.top < below ? anchor.bottom + 4 : Math.max(edge, anchor.top - height - 4);
  menu.style.insetBlockStart = `${top}px`;
  menu.style.maxBlockSize = `${Math.max(below, anchor.top) - edge * 2}px`;
  menu.style.insetInlineStart = `${Math.max(edge, Math.min(anchor.left, innerWidth - width - edge))}px`;
}
