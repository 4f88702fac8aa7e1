import { element, find } from "dom";

/** @type {Promise<void> | null} */
let loading = null;

/** The stylesheet of all that comes with the first file: once it is there, or can't be had. */
export function loadStylesheet() {
  loading ??= new Promise((resolve) => {
    const link = element("link", { rel: "stylesheet", href: find("[data-files-css]").dataset.filesCss });
    for (const type of ["load", "error"]) link.addEventListener(type, () => resolve(), { once: true });
    document.head.append(link);
  });
  return loading;
}
