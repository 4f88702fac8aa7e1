import { nextTask, painted } from "event-loop";
import { grammarsFor } from "markdown/grammars";
import { whenIdle } from "markdown/idle-queue";
import { purifiedHighlighting } from "markdown/purifier";

/** @typedef {typeof import("highlight").default} Highlighter */

const MAX_CHARACTERS = 60_000; // beyond it the reader would feel the pause
/** @type {Map<string, Promise<Highlighter>>} by language: the highlighter, once it knows that language */
const loads = new Map();

/** Colour a finished block of code; the highlighter comes with the first, and each language with its first. @param {HTMLElement} code @param {string} language */
export async function highlight(code, language) {
  const source = code.textContent ?? "";
  if (source.length > MAX_CHARACTERS) return;
  const [name, ...embedded] = grammarsFor(language, source);
  if (!name) return;
  const [highlighter] = await Promise.all([load(name), ...embedded.map(load)]);
  whenIdle(() => {
    if (code.textContent !== source) return; // it went on meanwhile
    code.replaceChildren(purifiedHighlighting(highlighter.highlight(source, { language: name, ignoreIllegals: true }).value));
  });
}

/** When all languages that were asked for so far are there, or can't be loaded. */
export const grammarsLoaded = () => Promise.allSettled(loads.values());

/** @param {string} name @returns {Promise<Highlighter>} */
function load(name) {
  const found = loads.get(name) ?? loaded(name);
  loads.set(name, found);
  return found;
}

/** @param {string} name */
async function loaded(name) {
  try {
    await painted(); // what is drawn now is seen first
    const [{ default: highlighter }, { default: grammar }] = await Promise.all([import("highlight"), import(`highlight/${name}`)]);
    await nextTask(); // it took long to begin: others get their turn
    highlighter.registerLanguage(name, grammar);
    return highlighter;
  } catch (error) {
    loads.delete(name); // offline; the next one asks again
    throw error;
  }
}
