import { whenIdle } from "markdown/idle-queue";
import { purifiedHighlighting } from "markdown/purifier";

const MAX_CHARACTERS = 60_000; // beyond it the reader would feel the pause
/** @type {Promise<typeof import("highlight").default> | null} */
let loading = null;

/** Colour a finished block of code; the highlighter comes with the first. @param {HTMLElement} code @param {string} language */
export async function highlight(code, language) {
  const source = code.textContent ?? "";
  if (source.length > MAX_CHARACTERS) return;
  const highlighter = await loadHighlighter();
  const name = language.toLowerCase();
  if (!highlighter.getLanguage(name)) return;
  whenIdle(() => {
    if (code.textContent !== source) return; // it went on meanwhile
    code.replaceChildren(purifiedHighlighting(highlighter.highlight(source, { language: name, ignoreIllegals: true }).value));
  });
}

/** It is large: what is drawn now is seen first. */
export function loadHighlighter() {
  loading ??= painted()
    .then(() => import("highlight"))
    .then(
      (module) => new Promise((resolve) => setTimeout(() => resolve(module.default))), // it took long to begin: others get their turn
      (error) => {
        loading = null; // offline; the next one asks again
        throw error;
      },
    );
  return loading;
}

const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
