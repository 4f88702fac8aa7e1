import { Fields } from "composer/variables";
import { announce, element } from "dom";
import { post, request } from "requests/http";
import { loadStylesheet } from "stylesheet";

/** @param {string} conversation @returns {Promise<import("page").Variables>} */
const variablesOf = (conversation) => request(`c/${conversation}/variables/`);

/** A dialog that changes what was given for the variables of a conversation. @param {string} conversation */
export async function openVariables(conversation) {
  const [asked] = await Promise.all([variablesOf(conversation), loadStylesheet("variables")]);
  const fields = new Fields(asked, "given");
  const problem = element("p", { class: "problem", role: "alert", hidden: true });
  const save = element("button", { class: "button" }, "Save");
  const cancel = element("button", { class: "button", type: "button" }, "Cancel");
  const form = element(
    "form",
    { method: "dialog" },
    element("h2", { id: "variables-title" }, "For this conversation"),
    element("p", { id: "variables-text" }, "What you change counts from the next answer on."),
    fields.element,
    problem,
    element("div", { class: "bar" }, cancel, save),
  );
  const dialog = element(
    "dialog",
    { class: "variables", "aria-labelledby": "variables-title", "aria-describedby": "variables-text" },
    form,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    save.disabled = true;
    try {
      await post(`c/${conversation}/variables/`, { values: fields.values });
      dialog.close();
      announce("Saved.");
    } catch (error) {
      problem.textContent = error instanceof Error ? error.message : "";
      problem.hidden = false;
    } finally {
      save.disabled = false;
    }
  });
  cancel.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
