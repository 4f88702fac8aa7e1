const SVG = "http://www.w3.org/2000/svg";

/** Where the site begins: "/", or the path that it is served under. */
export const root = document.documentElement.dataset.root ?? "/";

/**
 * A new element. Text goes in as text; there is no way in for markup.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | boolean | undefined>} [attributes] true: present, false and undefined: absent
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (typeof value === "string") made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** One of the page's icons, by its name in the sprite. @param {string} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("viewBox", "0 0 24 24");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/**
 * A button that is only an icon; its label is read out and shown as a tooltip.
 *
 * @param {string} name
 * @param {string} label
 * @param {Record<string, string | boolean | undefined>} [attributes]
 */
export function iconButton(name, label, attributes = {}) {
  return element("button", { type: "button", class: "icon-button", "aria-label": label, title: label, ...attributes }, icon(name));
}

/**
 * The element that `selector` finds; the page can't work without it.
 *
 * @template {Element} [Kind=HTMLElement]
 * @param {string} selector
 * @param {ParentNode} [within]
 * @returns {Kind}
 */
export function find(selector, within = document) {
  const found = within.querySelector(selector);
  if (!found) throw new Error(`The page has no ${selector}.`);
  return /** @type {Kind} */ (/** @type {unknown} */ (found));
}

/** Have screen readers say something, without moving the focus. @param {string} text */
export function announce(text) {
  find("#announcer").textContent = text;
}

/** One of the browser's stores, without its exceptions: a full one keeps nothing more, and one that the browser blocks nothing at all. */
class Store {
  #name;

  /** @param {"localStorage" | "sessionStorage"} name */
  constructor(name) {
    this.#name = name;
  }

  /** @param {string} key @returns {string | null} */
  get(key) {
    try {
      return window[this.#name].getItem(key);
    } catch {
      return null;
    }
  }

  /** @param {string} key @param {string} value */
  set(key, value) {
    try {
      window[this.#name].setItem(key, value);
    } catch {
      // What it would have been kept for is lost with the page.
    }
  }

  /** Of what it holds: those that begin so. @param {string} prefix */
  names(prefix) {
    try {
      return Object.keys(window[this.#name]).filter((name) => name.startsWith(prefix));
    } catch {
      return [];
    }
  }

  /** @param {string} key */
  remove(key) {
    try {
      window[this.#name].removeItem(key);
    } catch {
      // It holds nothing.
    }
  }
}

/** For all tabs, and for good. */
export const localStore = new Store("localStorage");

/** For this tab. */
export const tabStore = new Store("sessionStorage");

const LONG_TEXT_LENGTH = 50_000;
const BEGINS_RIGHT_TO_LEFT = /^\P{L}*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u;

/**
 * Have a field run as the text in it does. Chromium takes time with the square of the length to find each paragraph's direction, a minute for
 * a paste of some megabytes; it is told before a long text is in.
 *
 * @param {HTMLElement} field
 * @param {() => string} written what is in it
 * @returns {() => void} to be called when something else than the user has changed the text
 */
export function followDirection(field, written) {
  const follow = (text = written()) => {
    const direction = text.length < LONG_TEXT_LENGTH ? "auto" : BEGINS_RIGHT_TO_LEFT.test(text) ? "rtl" : "ltr";
    if (field.dir !== direction) field.dir = direction;
  };
  field.addEventListener("beforeinput", ({ data, dataTransfer }) => {
    const pasted = data ?? dataTransfer?.getData("text/plain") ?? "";
    if (pasted.length >= LONG_TEXT_LENGTH) follow(written() + pasted);
  });
  field.addEventListener("input", () => follow());
  return follow;
}
