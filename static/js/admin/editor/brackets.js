/** The bracket that belongs to the one beside the caret. Pure. */

const CLOSING = new Map([["(", ")"], ["[", "]"], ["{", "}"]]); // prettier-ignore
const OPENING = new Map(Array.from(CLOSING, ([opening, closing]) => [closing, opening]));
const REACH = 20_000; // characters that are looked through for it

/** Where both stand; null without a bracket at `at`, or without its other one. @param {string} text @param {number} at @returns {[number, number] | null} */
export function pair(text, at) {
  const first = CLOSING.has(text[at] ?? "") || OPENING.has(text[at] ?? "") ? at : at - 1;
  const own = text[first] ?? "";
  const step = CLOSING.has(own) ? 1 : -1;
  const other = CLOSING.get(own) ?? OPENING.get(own);
  if (!other) return null;
  let depth = 0;
  for (let place = first, left = REACH; left && place >= 0 && place < text.length; place += step, left -= 1) {
    if (text[place] === own) depth += 1;
    else if (text[place] === other) depth -= 1;
    if (!depth) return step > 0 ? [first, place] : [place, first];
  }
  return null;
}
