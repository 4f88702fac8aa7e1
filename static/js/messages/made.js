import { element, icon } from "dom";
import { addressOf, goneFile } from "messages/attached";

/** A picture of an answer, with what can be done with it. */
export class MadePicture {
  /** @param {import("page").Part} part */
  constructor(part) {
    const { file, name = "", alt = "", width, height } = part;
    const size = width && height ? { width: `${width}`, height: `${height}` } : {};
    const image = element("img", { src: addressOf(file), decoding: "async", alt: alt || name, ...size });
    const enlarge = { type: "button", class: "image", "data-action": "enlarge", "data-file": file, title: "Enlarge" };
    const download = { class: "button", href: `${addressOf(file)}?download`, download: name };
    const button = (/** @type {string} */ action, /** @type {string} */ name, /** @type {string} */ label) =>
      element("button", { type: "button", class: "button", "data-action": action, "data-file": file }, icon(name), label);
    const bar = element("div", { class: "made-bar" });
    bar.append(element("a", download, icon("download"), "Download"), button("change-picture", "image-plus", "Change this"));
    if (document.querySelector("#draw"))
      bar.append(button("paint-picture", "brush", "Change a part"), button("vary-picture", "images", "Variations"));
    const shown = part.deleted ? [goneFile(part)] : [element("button", enlarge, image), bar];
    this.element = element("figure", { class: "made" }, ...shown);
  }

  /** It stays as it is. */
  update() {
    return true;
  }
}
