import { forgetDictationOfOthers } from "dictation/button";
import { find } from "dom";
import { openMenu } from "menu";
import { chosenTheme, chooseTheme } from "theme";

/** The menu behind the user's name. @param {HTMLElement} button @param {{archive: () => void}} actions */
export function openAccountMenu(button, { archive }) {
  const theme = chosenTheme();
  const go = (/** @type {string} */ path) => () => location.assign(path);
  /** @type {import("menu").Item[]} */
  const items = [
    { group: "Theme", label: "System", icon: "monitor", checked: theme === "", action: () => chooseTheme("") },
    { group: "Theme", label: "Light", icon: "sun", checked: theme === "light", action: () => chooseTheme("light") },
    { group: "Theme", label: "Dark", icon: "moon", checked: theme === "dark", action: () => chooseTheme("dark") },
    { label: "Archived conversations", icon: "archive", action: archive },
  ];
  const { use, files, pictures, email, password, tokens, admin } = button.dataset;
  if (use) items.push({ label: "Your usage", icon: "chart-column", action: go(use) });
  if (files) items.push({ label: "Your files", icon: "file-text", action: go(files) });
  if (pictures) items.push({ label: "Your pictures", icon: "image", action: go(pictures) });
  if (email) items.push({ label: "Email addresses", icon: "mail", action: go(email) });
  if (password) items.push({ label: "Change password", icon: "key-round", action: go(password) });
  if (tokens) items.push({ label: "API tokens", icon: "square-terminal", action: go(tokens) });
  if (admin) items.push({ label: "Administration", icon: "settings", action: go(admin) });
  items.push({ label: "Sign out", icon: "log-out", action: () => void signOut() });
  openMenu(button, "Account", items);
}

async function signOut() {
  await forgetDictationOfOthers("");
  /** @type {HTMLFormElement} */ (find("#sign-out")).requestSubmit();
}
