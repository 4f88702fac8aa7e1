/**
 * Have nodes that are on the page say what newer ones say, by as little as makes the difference. It costs more than to put the newer ones in
 * their place, but what a user has selected stays selected.
 */

/** Whether any of these has some of the selection. @param {ChildNode[]} nodes */
export function areSelected(nodes) {
  const selection = getSelection();
  if (!selection?.rangeCount || selection.getRangeAt(0).collapsed) return false; // `isCollapsed` would have the page laid out each time
  return nodes.some((node) => selection.containsNode(node, true));
}

/** @param {ChildNode[]} shown neighbours, one at least @param {ChildNode[]} wanted @returns {ChildNode[]} what is shown by now */
export function patch(shown, wanted) {
  const parent = /** @type {ParentNode & Node} */ (shown[0]?.parentNode);
  const behind = shown.at(-1)?.nextSibling ?? null;
  const patched = wanted.map((node, index) => {
    const old = shown[index];
    if (old && adapts(old, node)) return old;
    if (old) old.replaceWith(node);
    else parent.insertBefore(node, behind);
    return node;
  });
  for (const extra of shown.slice(wanted.length)) extra.remove();
  return patched;
}

/** Change `old` into `node`, if that can be done. @param {ChildNode} old @param {ChildNode} node */
function adapts(old, node) {
  if (old instanceof Text && node instanceof Text) {
    adaptText(old, node.data);
    return true;
  }
  if (!(old instanceof HTMLElement && node instanceof HTMLElement) || old.localName !== node.localName) return false;
  if (old.dataset.tex !== undefined) return old.dataset.tex === node.dataset.tex; // it is set by now, and the other one isn't
  if (old.classList.contains("code")) return old.textContent === node.textContent; // so is its colouring
  if (!old.cloneNode().isEqualNode(node.cloneNode())) return false;
  const children = [...old.childNodes];
  if (children.length) patch(children, [...node.childNodes]);
  else old.replaceChildren(...node.childNodes);
  return true;
}

/** @param {Text} text @param {string} data */
function adaptText(text, data) {
  let same = 0;
  while (same < text.length && text.data[same] === data[same]) same += 1;
  if (same === text.length) text.appendData(data.slice(same));
  else text.replaceData(same, text.length - same, data.slice(same));
}
