/** Marks in an answer what is read of it just now. */

const NAME = "read-aloud";

/** Of pictures between its words nothing is marked: the colour would lie over them. @param {Range | null} range null: nothing is read */
export function mark(range) {
  if (range) CSS.highlights?.set(NAME, new Highlight(...partsOf(range)));
  else CSS.highlights?.delete(NAME);
}

/** @param {Range} range @returns {Range[]} */
function partsOf(range) {
  const root = range.commonAncestorContainer;
  if (!(root instanceof Element && root.matches(".body"))) return [range];
  const texts = [...root.querySelectorAll(":scope > .text")].filter((text) => range.intersectsNode(text));
  return texts.map((text) => {
    const part = document.createRange();
    part.selectNodeContents(text);
    if (text.contains(range.startContainer)) part.setStart(range.startContainer, range.startOffset);
    if (text.contains(range.endContainer)) part.setEnd(range.endContainer, range.endOffset);
    return part;
  });
}
