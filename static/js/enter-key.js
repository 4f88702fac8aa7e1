/** What the Enter key means in a field. */

const screenKeyboard = matchMedia("(hover: none) and (pointer: coarse)");

/** Whether a field that has the focus brings up a keyboard, which covers half of the page. */
export const hasScreenKeyboard = () => screenKeyboard.matches;

/** Whether Enter alone breaks the line in fields of several lines: a keyboard on the screen has no Shift+Enter. */
export const breaksLines = hasScreenKeyboard;

/**
 * Whether the key belongs to an input method, which accepts a candidate with Enter and drops it with Escape. Safari ends the composition
 * before that key: there, only its code tells.
 *
 * @param {KeyboardEvent} event
 */
export const isComposing = (event) => event.isComposing || event.keyCode === 229;

/** Whether this key press sends what the field holds; with Ctrl or Cmd, Enter does everywhere. @param {KeyboardEvent} event */
export function submits(event) {
  if (event.key !== "Enter" || isComposing(event)) return false;
  if (event.ctrlKey || event.metaKey || event.target instanceof HTMLInputElement) return true;
  return !event.shiftKey && !breaksLines();
}
