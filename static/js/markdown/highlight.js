import { whenIdle } from "markdown/idle-queue";
import { purifiedHighlighting } from "markdown/purifier";

const MAX_CHARACTERS = 60_000; // beyond it the reader would feel the pause

/** Colour a finished block of code; the highlighter comes with the first. @param {HTMLElement} code @param {string} language */
export async function highlight(code, language) {
  const source = code.textContent ?? "";
  if (source.length > MAX_CHARACTERS) return;
  const { default: highlighter } = await import("highlight");
  const name = language.toLowerCase();
  if (!highlighter.getLanguage(name)) return;
  whenIdle(() => {
    if (code.textContent !== source) return; // it went on meanwhile
    code.replaceChildren(purifiedHighlighting(highlighter.highlight(source, { language: name, ignoreIllegals: true }).value));
  });
}
