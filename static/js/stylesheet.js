import { element, find } from "dom";

/** @type {Map<string, Promise<void>>} */
const loading = new Map();

/**
 * A stylesheet that comes with what is shown first, behind those of the page, which it extends.
 *
 * @param {"dictation" | "files" | "enlarged" | "painting" | "search" | "talk" | "variables" | "wish"} name
 * @returns {Promise<void>} when it is there, or can't be had; in that case the next call asks again
 */
export function loadStylesheet(name) {
  const known = loading.get(name);
  if (known) return known;
  /** @type {Promise<void>} */
  const loaded = new Promise((resolve) => {
    const link = element("link", { rel: "stylesheet", href: find(`[data-${name}-css]`).dataset[`${name}Css`] });
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => {
      link.remove();
      loading.delete(name);
      resolve();
    });
    document.body.append(link);
  });
  loading.set(name, loaded);
  return loaded;
}

/** Those for paper, which no one waits for: behind the page's own, which they change. */
export function addPrintStylesheets() {
  const addresses = find("[data-print-css]").dataset.printCss?.split(" ") ?? [];
  document.body.append(...addresses.map((href) => element("link", { rel: "stylesheet", media: "print", href })));
}
