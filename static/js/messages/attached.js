import { element, icon, root } from "dom";

/**
 * The files of a user's message: an image to be enlarged, a recording to be heard, or a document to be saved.
 *
 * @typedef {import("page").Part} Part
 */

const MOST_PIXELS = 256; // of an image's longer side

/** @param {string | undefined} id */
export const addressOf = (id) => `${root}files/${id}/`;

/** In units that people read. @param {number} bytes */
export function sizeOf(bytes) {
  if (bytes < 1024) return `${bytes} ${bytes === 1 ? "byte" : "bytes"}`;
  if (bytes < 1024 ** 2) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

/** What kind of file it is, as its name says. @param {string} name */
export const endingOf = (name) => /\.(\w{1,5})$/.exec(name)?.[1]?.toUpperCase() ?? "";

/** The image in small; itself where it has no thumbnail. @param {string | undefined} id @param {Record<string, string | undefined>} [attributes] */
export function thumbnailOf(id, attributes = {}) {
  const image = element("img", { src: `${addressOf(id)}thumbnail/`, decoding: "async", alt: "", ...attributes });
  image.addEventListener("error", () => (image.src = addressOf(id)), { once: true });
  return image;
}

/** Of a video its sound, too. @param {Part} part */
export const isHeard = ({ content_type = "" }) => /^(audio|video)\//.test(content_type);

export class AttachedFile {
  /** @param {Part} part */
  constructor(part) {
    this.element = part.deleted ? goneFile(part) : part.type === "image" ? picture(part) : isHeard(part) ? player(part) : fileLink(part);
  }

  /** It stays as it is. */
  update() {
    return true;
  }
}

/** That its owner deleted it. @param {Part} part */
export function goneFile({ name = "" }) {
  const words = element("span", {}, element("bdi", { class: "name" }, name), element("small", {}, "deleted"));
  return element("span", { class: "document" }, icon("file-text"), words);
}

/** @param {Part} part */
function picture({ file, name = "", width, height }) {
  const scale = Math.min(1, MOST_PIXELS / Math.max(width ?? 1, height ?? 1));
  const size = width && height ? { width: `${Math.round(width * scale)}`, height: `${Math.round(height * scale)}` } : {};
  const attributes = { type: "button", class: "image", "data-action": "enlarge", "data-file": file, title: name };
  return element("button", { ...attributes, "aria-label": `Enlarge ${name}` }, thumbnailOf(file, size));
}

/** @param {Part} part */
function fileLink({ file, name = "", size }) {
  const facts = [endingOf(name), size === undefined ? "" : sizeOf(size)].filter(Boolean).join(" · ");
  const words = element("span", {}, element("bdi", { class: "name" }, name), element("small", {}, facts));
  const attributes = { class: "document", href: `${addressOf(file)}?download`, download: name, title: `Download ${name}` };
  return element("a", attributes, icon("file-text"), words, icon("download"));
}

/** @param {Part} part */
function player(part) {
  const sound = element("audio", { controls: "", preload: "none", src: addressOf(part.file), "aria-label": part.name ?? "Recording" });
  return element("div", { class: "recording" }, fileLink(part), sound);
}
