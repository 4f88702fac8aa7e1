import { atLeisure } from "markdown/leisure";
import { purifiedHighlighting } from "markdown/purifier";

const LONGEST = 60_000; // characters; beyond it the reader would feel the pause

/** Colour a finished block of code; the highlighter comes with the first. @param {HTMLElement} code @param {string} language */
export async function highlight(code, language) {
  const source = code.textContent ?? "";
  if (source.length > LONGEST) return;
  const { default: highlighter } = await import("highlight");
  const name = language.toLowerCase();
  if (!highlighter.getLanguage(name)) return;
  atLeisure(() => {
    if (code.textContent !== source) return; // it went on meanwhile
    code.replaceChildren(purifiedHighlighting(highlighter.highlight(source, { language: name, ignoreIllegals: true }).value));
  });
}
