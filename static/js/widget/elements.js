const SVG = "http://www.w3.org/2000/svg";

/**
 * A new element. Text goes in as text; there is no way in for markup.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | undefined>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * A button that is only an icon, with its label as a tooltip.
 *
 * @param {string} label
 * @param {string} path as in SVG
 * @param {() => void} pressed
 * @param {string} [className]
 */
export function iconButton(label, path, pressed, className = "icon") {
  const button = make("button", { type: "button", class: className, "aria-label": label, title: label });
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  button.append(svg);
  button.addEventListener("click", pressed);
  return button;
}

/** Lines of 24 by 24, as lucide draws them. */
export const ICONS = {
  bubble: "M21 15a2 2 0 0 1-2 2H8l-5 4V5a2 2 0 0 1 2-2h14a2 2 0 0 1 2 2z",
  close: "M18 6 6 18M6 6l12 12",
  fresh: "M12 5v14M5 12h14",
  whole: "M14 4h6v6M20 4 10 14M18 14v4a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2h4",
  send: "M12 19V5M5 12l7-7 7 7",
  stop: "M7 7h10v10H7z",
  picture: "M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zM9 7a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM21 15l-4-4L6 21",
  good: "M7 10v11M15 6l-1 4h6a2 2 0 0 1 2 2.3l-1.3 7A2 2 0 0 1 18.700 21H4a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1h3l4-8a3 3 0 0 1 4 4z",
  bad: "M17 14V3M9 18l1-4H4a2 2 0 0 1-2-2.300l1.300-7A2 2 0 0 1 5.300 3H20a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-3l-4 8a3 3 0 0 1-4-4z",
};
