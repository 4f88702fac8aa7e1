/** Light or dark, and the accent colour, by the widget's settings or as the page has it. */

const DARK = "(prefers-color-scheme: dark)";

/**
 * Keep the element's look as it should be.
 *
 * @param {HTMLElement} host
 * @param {"page" | "light" | "dark"} theme
 * @param {string} accent such as #2a6a5c
 */
export function dress(host, theme, accent) {
  host.style.setProperty("--accent", accent);
  host.style.setProperty("--on-accent", luminance(...channels(accent)) > 0.18 ? "#000" : "#fff");
  const follow = () => host.toggleAttribute("data-dark", theme === "dark" || (theme === "page" && isPageDark()));
  follow();
  if (theme !== "page") return;
  matchMedia(DARK).addEventListener("change", follow);
  const watched = { attributes: true, attributeFilter: ["class", "style", "data-theme"] };
  const observer = new MutationObserver(follow);
  for (const element of [document.documentElement, document.body]) observer.observe(element, watched);
}

/** By what is behind the page's text; where it has no colour of its own, by what it says of schemes, and the device prefers. */
function isPageDark() {
  for (const element of [document.body, document.documentElement]) {
    const [red = 0, green = 0, blue = 0, alpha = 1] = numbers(getComputedStyle(element).backgroundColor);
    if (alpha > 0.5) return luminance(red, green, blue) < 0.2;
  }
  const scheme = getComputedStyle(document.documentElement).colorScheme;
  return scheme.includes("dark") && (!scheme.includes("light") || matchMedia(DARK).matches);
}

/** @param {string} colour as browsers compute it @returns {number[]} */
function numbers(colour) {
  if (!colour.startsWith("rgb")) return [0, 0, 0, 0];
  return (colour.match(/[\d.]+/g) ?? []).map(Number);
}

/** @param {string} hex @returns {[number, number, number]} */
function channels(hex) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  return [red ?? 0, green ?? 0, blue ?? 0];
}

/** As WCAG 2 has it. @param {...number} rgb from 0 to 255 */
function luminance(...rgb) {
  const [red = 0, green = 0, blue = 0] = rgb.map((value) => (value <= 10 ? value / 3294 : ((value / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
