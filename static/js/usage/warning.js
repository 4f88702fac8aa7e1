import { find, localStore } from "dom";

/**
 * Says how much of this month's spending budget the user has used: each level until it is closed, and then never again.
 *
 * @typedef {import("protocol").Warning} Warning
 */

const box = find("#budget");
let stored = "";
/** @type {Warning | undefined} */
let shown;

find("button", box).addEventListener("click", () => {
  if (shown) localStore.set(stored, JSON.stringify([...closed(), shown.key].slice(-20)));
  box.hidden = true;
});

/** @returns {string[]} the keys of those that were closed */
function closed() {
  try {
    return JSON.parse(localStore.get(stored) ?? "[]");
  } catch {
    return [];
  }
}

/** The highest of those that were not closed yet. @param {Warning[]} warnings @param {string | number} user */
export function warn(warnings, user) {
  stored = `warned:${user}`;
  const known = closed();
  shown = warnings.filter(({ key }) => !known.includes(key)).sort((one, other) => other.level - one.level)[0];
  box.hidden = !shown;
  if (shown && find("span", box).textContent !== shown.detail) find("span", box).textContent = shown.detail;
}
