/** The colour scheme that the user chose; "" follows the system. base.html applies it before the first paint. */

export function chosenTheme() {
  return localStorage.getItem("theme") ?? "";
}

/** @param {"" | "light" | "dark"} theme */
export function chooseTheme(theme) {
  if (theme) localStorage.setItem("theme", theme);
  else localStorage.removeItem("theme");
  document.documentElement.dataset.theme = theme;
}
