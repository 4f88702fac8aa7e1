import { element, icon } from "dom";
import { hasScreenKeyboard } from "enter-key";
import { openMenu } from "menu";
import { loadStylesheet } from "stylesheet";

/** The ways by which files come: picked or taken with the camera; what is dropped is taken anywhere, which is shown here. */

/** @typedef {(files: File[]) => void} Take */

/** Let the user pick files; on a phone, or take a photo. @param {HTMLElement} button @param {Take} take */
export function offer(button, take) {
  if (!hasScreenKeyboard()) return pick(take, { multiple: true });
  openMenu(button, "Attach", [
    { icon: "camera", label: "Take a photo", action: () => pick(take, { accept: "image/*", capture: "environment" }) },
    { icon: "image", label: "Photos", action: () => pick(take, { accept: "image/*", multiple: true }) },
    { icon: "paperclip", label: "Files", action: () => pick(take, { multiple: true }) },
  ]);
}

/** @param {Take} take @param {Record<string, string | boolean>} attributes */
function pick(take, attributes) {
  const input = element("input", { type: "file", hidden: true, ...attributes });
  input.addEventListener("change", () => (take([...(input.files ?? [])]), input.remove()));
  input.addEventListener("cancel", () => input.remove());
  document.body.append(input); // Safari forgets one that is nowhere
  input.click();
}

/** @type {HTMLElement | null} */
let place = null;

/** Files are being dragged over the page: say what becomes of them there. */
export function showPlace() {
  if (place) return;
  void loadStylesheet("files");
  const words = element("p", {}, icon("paperclip"), "Drop files to attach them");
  const shown = (place = element("div", { class: "drop", "aria-hidden": "true" }, words));
  const over = new AbortController();
  const leave = () => {
    over.abort();
    shown.remove();
    place = null;
  };
  const { signal } = over;
  document.addEventListener("dragleave", ({ relatedTarget }) => relatedTarget ?? leave(), { signal });
  // Nothing points while files are dragged: then they went elsewhere, unnoticed.
  for (const type of ["dragend", "drop", "pointermove"]) document.addEventListener(type, leave, { signal });
  document.body.append(shown);
}
