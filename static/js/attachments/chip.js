import { element, icon, iconButton } from "dom";
import { contentOf } from "attachments/contents";
import { endingOf, isHeard, sizeOf, thumbnailOf } from "messages/attached";

/** A file that is attached to what is being written: what it is, how far it is, and what can be done with it. */

const PREVIEW_PIXELS = 96;

export class Chip {
  #preview = element("span", { class: "preview" }, icon("file-text"));
  #facts = element("small");
  #bar = element("progress", { max: "100", value: "0" });
  #retry = iconButton("refresh-cw", "Try again", { "data-does": "retry" });
  #previewed = "";
  element;

  /** @param {import("attachments/records").FileRecord} record */
  constructor({ key, name }) {
    this.#retry.setAttribute("aria-label", `Try again: ${name}`);
    this.#bar.setAttribute("aria-label", `Upload of ${name}`);
    const remove = iconButton("x", "Remove", { "data-does": "remove", "aria-label": `Remove ${name}` });
    const words = element("span", { class: "words" }, element("bdi", { class: "name", title: name }, name), this.#facts, this.#bar);
    this.element = element("li", { class: "chip", "data-key": key }, this.#preview, words, this.#retry, remove);
  }

  /** @param {import("attachments/records").FileRecord} record @param {number} percent */
  update(record, percent) {
    const { name, size, state, problem = "", doing = "", again, part } = record;
    const isRead = state === "uploading" && Boolean(doing);
    const told = isRead ? doing : state === "ready" ? problem : "";
    const facts = state === "failed" ? problem : [endingOf(name), size ? sizeOf(size) : "", told].filter(Boolean).join(" · ");
    if (this.#facts.textContent !== facts) this.#facts.textContent = facts;
    this.element.dataset.state = state;
    this.#bar.hidden = state !== "uploading" || isRead;
    this.#bar.value = percent;
    this.#retry.hidden = !(state === "failed" && again);
    const preview = part ? "thumbnail" : "content";
    if (preview === this.#previewed) return;
    this.#previewed = preview;
    if (part?.type === "image") this.#preview.replaceChildren(thumbnailOf(part.file));
    else if (part && isHeard(part)) this.#preview.replaceChildren(icon("volume-2"));
    else if (!part && record.type.startsWith("image/")) void this.#draw(record.key);
  }

  /** On a canvas, which needs no address of its own. @param {string} key */
  async #draw(key) {
    const file = await contentOf(key);
    try {
      const image = file && (await createImageBitmap(file, { resizeHeight: PREVIEW_PIXELS, resizeQuality: "medium" }));
      if (!image || this.#previewed !== "content") return;
      const canvas = element("canvas", { width: String(image.width), height: String(image.height) });
      canvas.getContext("2d")?.drawImage(image, 0, 0);
      image.close();
      this.#preview.replaceChildren(canvas);
    } catch {
      // The browser can't read such images; the server may.
    }
  }
}
