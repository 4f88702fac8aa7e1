import { localStore } from "dom";

/** The colour scheme that the user chose; "" follows the system. base.html applies it before the first paint. */

export function chosenTheme() {
  return localStore.get("theme") ?? "";
}

/** @param {"" | "light" | "dark"} theme */
export function chooseTheme(theme) {
  if (theme) localStore.set("theme", theme);
  else localStore.remove("theme");
  document.documentElement.dataset.theme = theme;
}
