import { element } from "dom";
import { isComposing, submits } from "enter-key";

/**
 * Edit a message in place. It is sent as in the composer; Escape leaves it as it was.
 *
 * @param {HTMLElement} message
 * @param {string} text
 * @returns {Promise<string | null>} the new text, or null when it was left; where the message is removed meanwhile, what was written by then
 */
export function editInPlace(message, text) {
  const { promise, resolve } = Promise.withResolvers();
  const field = element("div", {
    class: "field",
    role: "textbox",
    "aria-multiline": "true",
    "aria-label": "Edit message",
    dir: "auto",
    contenteditable: "plaintext-only",
    enterkeyhint: "enter",
  });
  field.textContent = text;
  const cancel = element("button", { type: "button", class: "button" }, "Cancel");
  const send = element("button", { type: "button", class: "button primary" }, "Send");
  const editor = element("div", { class: "editing" }, field, element("div", { class: "bar" }, cancel, send));

  const finish = (/** @type {string | null} */ result) => {
    editor.remove();
    message.classList.remove("edited");
    resolve(result);
  };
  const submit = () => {
    const fresh = field.innerText.replace(/\n$/, "");
    if (fresh.trim()) finish(fresh === text ? null : fresh);
  };
  message.addEventListener("removed", submit, { once: true });
  cancel.addEventListener("click", () => finish(null));
  send.addEventListener("click", submit);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !isComposing(event)) finish(null);
    else if (submits(event)) submit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  message.classList.add("edited");
  message.append(editor);
  field.focus();
  getSelection()?.selectAllChildren(field);
  getSelection()?.collapseToEnd();
  return promise;
}
