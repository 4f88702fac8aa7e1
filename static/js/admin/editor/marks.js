/** Marks over stretches of an editor's layer, where the browser can draw them without touching the elements. */

/** @typedef {"editor-bracket" | "editor-match" | "editor-current"} Mark */

const MOST = 2000; // of one kind

/** @param {Mark} name @param {Range[]} ranges */
export function mark(name, ranges) {
  if (!("highlights" in CSS)) return;
  if (ranges.length) CSS.highlights.set(name, new Highlight(...ranges.slice(0, MOST)));
  else CSS.highlights.delete(name);
}
