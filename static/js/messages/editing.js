import { element, followDirection } from "dom";
import { isComposing, submits } from "enter-key";

/**
 * Edit a message in place. It is sent as in the composer; Escape leaves it as it was.
 *
 * @param {HTMLElement} message
 * @param {string} text
 * @param {(text: string) => string} tooLong why the text can't be sent, or ""
 * @param {boolean} mayBeEmpty as that of a message with files
 * @returns {Promise<string | null>} the new text, or null when it was left; where the message is removed meanwhile, what was written by then
 */
export function editInPlace(message, text, tooLong, mayBeEmpty) {
  /** @type {(result: string | null) => void} */
  let resolve = () => {};
  /** @type {Promise<string | null>} */
  const promise = new Promise((given) => (resolve = given));
  const field = element("div", {
    class: "field",
    role: "textbox",
    "aria-multiline": "true",
    "aria-label": "Edit message",
    contenteditable: "plaintext-only",
    enterkeyhint: "enter",
  });
  if (field.contentEditable !== "plaintext-only") keepPlain(field);
  field.textContent = text;
  followDirection(field, () => field.textContent ?? "")();
  const excess = element("p", { class: "excess", role: "status", hidden: true });
  const cancel = element("button", { type: "button", class: "button" }, "Cancel");
  const send = element("button", { type: "button", class: "button primary" }, "Send");
  const editor = element("div", { class: "editing" }, field, excess, element("div", { class: "bar" }, cancel, send));

  const finish = (/** @type {string | null} */ result) => {
    editor.remove();
    message.classList.remove("edited");
    resolve(result);
  };
  const written = () => field.innerText.replace(/\n$/, "");
  const check = (/** @type {string} */ fresh) => {
    excess.textContent = tooLong(fresh);
    excess.hidden = !excess.textContent;
    send.disabled = !excess.hidden;
  };
  const submit = () => {
    const fresh = written();
    check(fresh);
    if ((fresh.trim() || mayBeEmpty) && excess.hidden) finish(fresh === text ? null : fresh);
  };
  message.addEventListener("removed", () => finish(written() === text ? null : written()), { once: true });
  cancel.addEventListener("click", () => finish(null));
  send.addEventListener("click", submit);
  field.addEventListener("input", () => check(field.textContent ?? "")); // innerText would lay out the page at every key
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

/** In Firefox before 136, which can only edit rich text. @param {HTMLElement} field */
function keepPlain(field) {
  field.contentEditable = "true";
  field.addEventListener("beforeinput", (event) => {
    const rich = event.dataTransfer;
    if (!rich && !event.inputType.startsWith("format")) return;
    event.preventDefault();
    if (rich) document.execCommand("insertText", false, rich.getData("text/plain"));
  });
}
