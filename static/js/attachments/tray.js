import { Chip } from "attachments/chip";
import { Uploads } from "attachments/uploads";
import { element } from "dom";
import { sizeOf } from "messages/attached";
import { loadStylesheet } from "stylesheet";

/**
 * The files that are attached to what is being written, above the field.
 *
 * @typedef {{remove: (key: string) => void, focus: () => void}} TrayActions  `focus`: where messages are written.
 */
export class Tray {
  element = element("ul", { class: "tray", "aria-label": "Attached files", hidden: true });
  #uploads;
  /** @type {Map<string, Chip>} */
  #chips = new Map();

  /** @param {import("attachments/records").FileRecords} records @param {import("page").FileBounds} bounds @param {TrayActions} actions */
  constructor(records, bounds, actions) {
    this.records = records;
    this.bounds = bounds;
    this.#uploads = new Uploads(records);
    this.element.addEventListener("click", (event) => {
      const button = /** @type {Element} */ (event.target).closest("button");
      const chip = /** @type {HTMLElement | null} */ (button?.closest("li"));
      const key = chip?.dataset.key ?? "";
      if (button?.dataset.does === "retry") this.#uploads.retry(key);
      else if (button && chip) {
        const neighbour = chip.nextElementSibling ?? chip.previousElementSibling;
        actions.remove(key);
        /** @type {HTMLElement | null} */ (neighbour?.querySelector("[data-does=remove]") ?? null)?.focus();
        if (!neighbour) actions.focus();
      }
    });
    void loadStylesheet("files");
  }

  /** @param {File} file @returns {string} its key */
  add(file) {
    const { max_bytes: most } = this.bounds;
    const problem = file.size > most ? `This file has ${sizeOf(file.size)}, and at most ${sizeOf(most)} can be attached.` : "";
    return this.#uploads.add(file, file.size ? problem : "This file is empty.");
  }

  /** @param {string[]} keys */
  start(keys) {
    for (const key of keys) this.#uploads.start(key);
  }

  /** @param {string[]} keys */
  takeBack(keys) {
    for (const key of keys) this.#uploads.takeBack(key);
  }

  /** @param {string[]} keys */
  show(keys) {
    for (const [key, chip] of this.#chips) {
      if (keys.includes(key) && this.records.get(key)) continue;
      chip.element.remove();
      this.#chips.delete(key);
    }
    for (const record of this.records.all(keys)) {
      const chip = this.#chips.get(record.key) ?? new Chip(record);
      chip.update(record, this.records.percent([record.key]));
      if (this.#chips.has(record.key)) continue;
      this.#chips.set(record.key, chip);
      this.element.append(chip.element);
      void this.#uploads.check(record.key);
    }
    this.element.hidden = !this.#chips.size;
  }
}
