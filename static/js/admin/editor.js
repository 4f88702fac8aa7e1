// The prompt's editor: grows with its text, indents with Tab, counts as one types. Escape, then Tab, leaves it.
// @ts-check

const INDENT = "  ";

/** @param {string} text */
function counts(text) {
  const characters = Array.from(text).length;
  const words = text.match(/\S+/gu)?.length ?? 0;
  const tokens = Math.ceil(new TextEncoder().encode(text).length / 4);
  /** @param {number} number @param {string} noun */
  const some = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
  return `${some(characters, "character")} · ${some(words, "word")} · about ${some(tokens, "token")}`;
}

/**
 * Replaces through the browser's own editing, so that undo still works.
 * @param {HTMLTextAreaElement} editor @param {number} start @param {number} end @param {string} text
 */
function replace(editor, start, end, text) {
  editor.setSelectionRange(start, end);
  const done = text ? document.execCommand("insertText", false, text) : document.execCommand("delete");
  if (!done) editor.setRangeText(text, start, end, "end");
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

/** A line that says what is wrong, and leads there. @param {HTMLTextAreaElement} editor @param {{line: number, column: number, sentence: string}} problem */
function problemAt(editor, { line, column, sentence }) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = `Line ${line}, column ${column}`;
  button.addEventListener("click", () => {
    const lines = editor.value.split("\n");
    const at = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    // Columns count code points, as the server does; the field counts UTF-16 units.
    const before = Array.from(lines[line - 1] ?? "")
      .slice(0, column - 1)
      .join("").length;
    editor.focus();
    editor.setSelectionRange(at + before, at + before + 2);
  });
  const item = document.createElement("li");
  item.append(button, ` ${sentence}`);
  return item;
}

/** @param {HTMLTextAreaElement} editor */
function enhance(editor) {
  const status = document.createElement("p");
  status.className = "prompt-counts";
  const hint = document.createElement("p");
  hint.className = "prompt-keys";
  hint.id = `${editor.id}_keys`;
  hint.textContent = "Tab indents, Shift and Tab takes it back; Escape, then Tab, leaves the field.";
  editor.after(status, hint);
  editor.setAttribute("aria-describedby", [editor.getAttribute("aria-describedby"), hint.id].filter(Boolean).join(" "));

  let leaving = false;
  const grows = CSS.supports("field-sizing", "content");
  const update = () => {
    status.textContent = counts(editor.value);
    if (grows) return;
    editor.style.height = "auto";
    editor.style.height = `${editor.scrollHeight + 2}px`;
  };
  editor.addEventListener("input", update);
  editor.addEventListener("focus", () => (leaving = false));
  editor.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leaving = true;
    else if (event.key === "Tab" && !leaving && !event.altKey && !event.ctrlKey && !event.metaKey && !editor.readOnly) {
      event.preventDefault();
      indent(editor, event.shiftKey);
      update();
    } else if (event.key !== "Shift" && event.key !== "Tab") leaving = false;
  });

  const problems = document.createElement("ul");
  problems.className = "prompt-problems";
  problems.setAttribute("role", "status");
  status.after(problems);
  editor.form?.addEventListener("autosaved", (event) => {
    const found = /** @type {CustomEvent<{line: number, column: number, sentence: string}[]>} */ (event).detail;
    problems.replaceChildren(...found.map((problem) => problemAt(editor, problem)));
  });
  update();
}

for (const editor of document.querySelectorAll("textarea.prompt-editor")) {
  if (editor instanceof HTMLTextAreaElement) enhance(editor);
}
