/** Changes of an editor's text through the browser's own editing, so that undo still works. */

const INDENT = "  ";

/** @param {HTMLTextAreaElement} editor @param {number} start @param {number} end @param {string} text */
function replace(editor, start, end, text) {
  editor.setSelectionRange(start, end);
  const done = text ? document.execCommand("insertText", false, text) : document.execCommand("delete");
  if (done) return;
  editor.setRangeText(text, start, end, "end");
  editor.dispatchEvent(new Event("input", { bubbles: true }));
}

/** @param {HTMLTextAreaElement} editor @param {boolean} outwards */
function indent(editor, outwards) {
  const { selectionStart: start, selectionEnd: end, value } = editor;
  if (!outwards && start === end) return replace(editor, start, end, INDENT);
  const from = value.lastIndexOf("\n", start - 1) + 1;
  const lines = value.slice(from, end).split("\n");
  const moved = lines.map((line) => (outwards ? line.replace(/^(\t| {1,2})/, "") : INDENT + line));
  const before = lines.join("\n");
  const after = moved.join("\n");
  if (before === after) return;
  replace(editor, from, end, after);
  const shift = (moved[0]?.length ?? 0) - (lines[0]?.length ?? 0);
  editor.setSelectionRange(Math.max(from, start + shift), end + after.length - before.length);
}

/** Tab indents; Escape, then Tab, leaves the field. @param {HTMLTextAreaElement} editor */
export function indentWithTab(editor) {
  let leaving = false;
  editor.addEventListener("focus", () => (leaving = false));
  editor.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // Tab and Escape are the input method's then
    if (event.key === "Escape") leaving = true;
    else if (event.key === "Tab" && !leaving && !event.altKey && !event.ctrlKey && !event.metaKey && !editor.readOnly) {
      event.preventDefault();
      indent(editor, event.shiftKey);
    } else if (event.key !== "Shift" && event.key !== "Tab") leaving = false;
  });
}
