import { element, find, iconButton, icon } from "dom";
import { addressOf } from "messages/attached";
import { loadStylesheet } from "stylesheet";

/**
 * Show an image of a message as large as fits, in a dialog: in its own size on a click, and the message's others by the arrow keys.
 *
 * @param {import("page").Part[]} parts the message's
 * @param {string} file the image's id
 */
export async function enlarge(parts, file) {
  await loadStylesheet("enlarged");
  if (document.querySelector("dialog.enlarged")) return; // the second of two clicks
  const images = parts.filter(({ type, deleted }) => type === "image" && !deleted);
  let at = images.findIndex((part) => part.file === file);
  const name = element("h2", { id: "enlarged-name", dir: "auto" });
  const count = element("span", { class: "count" });
  const zoom = iconButton("zoom-in", "Actual size", { "aria-pressed": "false" });
  const download = element("a", { class: "icon-button", "aria-label": "Download", title: "Download" }, icon("download"));
  const close = iconButton("x", "Close", { autofocus: true });
  const previous = iconButton("chevron-left", "Previous image", { class: "icon-button turn" });
  const next = iconButton("chevron-right", "Next image", { class: "icon-button turn" });
  const stage = element("div", { class: "stage", tabindex: "0", role: "group", "aria-labelledby": "enlarged-name" });
  const head = element("div", { class: "head" }, name, count, element("span", { class: "spring" }), previous, next, zoom, download, close);
  const dialog = element("dialog", { class: "window-sized enlarged", "aria-labelledby": "enlarged-name", closedby: "any" }, head, stage);

  const setZoom = (/** @type {boolean} */ full) => {
    stage.classList.toggle("full", full);
    zoom.setAttribute("aria-pressed", String(full));
    find("use", zoom).setAttribute("href", full ? "#icon-zoom-out" : "#icon-zoom-in");
  };
  const show = (/** @type {number} */ wanted) => {
    const part = images[wanted];
    if (!part) return;
    at = wanted;
    name.textContent = part.name ?? "";
    count.textContent = images.length > 1 ? `${at + 1} / ${images.length}` : "";
    download.href = `${addressOf(part.file)}?download`;
    download.download = part.name ?? "";
    previous.hidden = next.hidden = images.length < 2;
    previous.disabled = at === 0;
    next.disabled = at === images.length - 1;
    setZoom(false);
    const image = element("img", { src: addressOf(part.file), alt: part.alt ?? part.name ?? "" });
    image.addEventListener("click", () => setZoom(!stage.classList.contains("full")));
    stage.replaceChildren(image);
  };
  zoom.addEventListener("click", () => setZoom(!stage.classList.contains("full")));
  close.addEventListener("click", () => dialog.close());
  previous.addEventListener("click", () => show(at - 1));
  next.addEventListener("click", () => show(at + 1));
  stage.addEventListener("click", (event) => event.target === stage && dialog.close());
  dialog.addEventListener("keydown", ({ key }) => {
    if (key === "+" || key === "-") setZoom(key === "+");
    else if (!stage.classList.contains("full") && (key === "ArrowLeft" || key === "ArrowRight")) show(at + (key === "ArrowLeft" ? -1 : 1));
  });
  dialog.addEventListener("close", () => dialog.remove());
  show(at);
  document.body.append(dialog);
  dialog.showModal();
}
