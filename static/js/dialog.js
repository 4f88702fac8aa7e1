import { element } from "dom";

/**
 * Ask before something that can't be taken back.
 *
 * @param {{title: string, text: string, action: string}} question
 * @returns {Promise<boolean>}
 */
export async function confirmed({ title, text, action }) {
  const heading = element("h2", { id: "dialog-title" }, title);
  const cancel = element("button", { class: "button", value: "", autofocus: true }, "Cancel");
  const proceed = element("button", { class: "button danger", value: "yes" }, action);
  const form = element(
    "form",
    { method: "dialog" },
    heading,
    element("p", { id: "dialog-text" }, text),
    element("div", { class: "bar" }, cancel, proceed),
  );
  const dialog = element("dialog", { "aria-labelledby": "dialog-title", "aria-describedby": "dialog-text", closedby: "any" }, form);
  document.body.append(dialog);
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve));
  dialog.remove();
  return dialog.returnValue === "yes";
}
