import { element, find } from "dom";

/** @type {Map<string, Promise<void>>} */
const loading = new Map();

/** A stylesheet that comes with what is shown first: once it is there, or can't be had. @param {"files" | "enlarged"} name */
export function loadStylesheet(name) {
  const known = loading.get(name);
  if (known) return known;
  /** @type {Promise<void>} */
  const loaded = new Promise((resolve) => {
    const href = find(`[data-${name}-css]`).dataset[`${name}Css`];
    const link = element("link", { rel: "stylesheet", href });
    for (const type of ["load", "error"]) link.addEventListener(type, () => resolve(), { once: true });
    document.head.append(link);
  });
  loading.set(name, loaded);
  return loaded;
}
