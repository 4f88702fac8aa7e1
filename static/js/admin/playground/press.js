/** What a button does: once for a double click, whose second would undo the first, or do it twice. @param {HTMLElement} button @param {() => void} action */
export function onPress(button, action) {
  button.addEventListener("click", ({ detail }) => {
    if (detail < 2) action();
  });
}
