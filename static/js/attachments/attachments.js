import { UNREACHABLE_FOR_FILES, listenForFiles } from "attachments/arrivals";
import { FileRecords } from "attachments/records";
import { announce, find } from "dom";

const IMAGE = /^image\/(?!svg)/;

/**
 * The files of what is being written, from their first moment: pasted, dropped or picked. What shows and uploads them is loaded with the first.
 *
 * @typedef {import("page").Part} Part
 * @typedef {{
 *   onchange: () => void, onproblem: (detail: string) => void, focus: () => void, blindness: () => string, isOff: () => boolean,
 * }} AttachmentHandlers  `blindness`: why images can't be sent now, or ""; `isOff`: whether no files can.
 */
export class Attachments {
  /** @type {string[]} */
  keys = [];
  /** Files that have come, until what takes them is loaded: then whether they are taken. @type {Promise<boolean> | null} */
  arriving = null;
  records;
  /** @type {string | null} */
  #conversation = null;
  /** @type {Promise<import("attachments/tray").Tray> | null} */
  #loading = null;
  /** @type {import("attachments/tray").Tray | null} */
  #tray = null;

  /**
   * @param {import("page").Page} page
   * @param {import("composer/drafts").Drafts} drafts
   * @param {AttachmentHandlers} handlers
   */
  constructor({ user, files }, drafts, handlers) {
    this.bounds = files;
    this.drafts = drafts;
    this.handlers = handlers;
    this.records = new FileRecords(user.id);
    this.records.onchange((key) => {
      if (!this.keys.includes(key)) return;
      if (!this.records.get(key)) this.keys = this.keys.filter((one) => one !== key); // sent or removed, perhaps in another tab
      this.#show();
    });
    if (files) listenForFiles({ onfiles: (arrived) => this.add(arrived), onproblem: handlers.onproblem });
  }

  /** Whether some are still on their way. @param {string[]} keys */
  isUploading(keys) {
    return this.records.all(keys).some(({ state }) => state === "uploading");
  }

  /** The assistant that answers now takes files, or not. @param {boolean} allowed */
  allow(allowed) {
    if (this.bounds) find("#attach").hidden = !allowed;
  }

  /** Why what is written can't be sent with them, or "". */
  get problem() {
    if (this.keys.length && this.handlers.isOff()) return "Files can’t be sent here. Remove them to send the message.";
    const failed = this.records.all(this.keys).filter(({ state }) => state === "failed").length;
    const images = this.records
      .all(this.keys)
      .filter((one) => (one.part?.type === "image" && !one.part.recognised) || (!one.part && IMAGE.test(one.type)));
    if (!failed) return images.length ? this.handlers.blindness() : "";
    return failed > 1
      ? `${failed} files could not be attached. Remove them to send the message.`
      : "A file could not be attached. Remove it to send the message.";
  }

  /** @param {File[]} files */
  add(files) {
    if (!this.bounds || !files.length) return;
    if (this.handlers.isOff()) return this.handlers.onproblem("Files can’t be sent here.");
    const arriving = Promise.all([this.arriving, this.#add(files)]).then(([earlier, now]) => {
      if (this.arriving === arriving) this.arriving = null;
      return earlier !== false && now;
    });
    return (this.arriving = arriving);
  }

  /** @param {File[]} files */
  async #add(files) {
    if (!this.bounds) return false;
    const room = this.bounds.per_message - this.keys.length;
    if (files.length > room) this.handlers.onproblem(`A message can have at most ${this.bounds.per_message} files.`);
    try {
      const tray = await this.#load();
      this.#change([...this.keys, ...files.slice(0, Math.max(0, room)).map((file) => tray.add(file))]);
      this.handlers.focus();
      return true;
    } catch {
      this.handlers.onproblem(UNREACHABLE_FOR_FILES);
      return false;
    }
  }

  /** Show those of this conversation's draft. @param {string | null} conversation */
  open(conversation) {
    this.#conversation = conversation;
    this.keys = this.drafts.filesOf(conversation).filter((key) => this.records.get(key));
    this.#show();
    this.resume(this.keys);
  }

  /** A new conversation has got its id. @param {string} conversation */
  created(conversation) {
    this.drafts.keepFiles(this.#conversation, []);
    this.#conversation = conversation;
    this.#change(this.keys);
  }

  /** They were sent, or wait for that elsewhere. */
  clear() {
    this.#change([]);
  }

  /** Put some back. @param {string[]} keys */
  restore(keys) {
    this.#change([...new Set([...keys, ...this.keys])]);
  }

  /** Go on with those that aren't uploaded yet. @param {string[]} keys */
  resume(keys) {
    if (this.bounds && this.isUploading(keys))
      void this.#load()
        .then((tray) => tray.start(keys))
        .catch(() => {}); // offline; asked again with the next
  }

  /** @param {string[]} keys */
  takeBack(keys) {
    if (keys.length)
      void this.#load()
        .then((tray) => tray.takeBack(keys))
        .catch(() => this.records.remove(keys));
  }

  /** @param {string[]} keys */
  #change(keys) {
    this.keys = keys;
    this.drafts.keepFiles(this.#conversation, keys);
    this.#show();
  }

  #show() {
    if (this.keys.length && !this.#tray) void this.#load().catch(() => {});
    this.#tray?.show(this.keys);
    this.handlers.onchange();
  }

  #load() {
    this.#loading ??= import("attachments/tray").then(({ Tray }) => {
      if (!this.bounds) throw new Error("Files can’t be attached here.");
      const remove = (/** @type {string} */ key) => {
        announce(`${this.records.get(key)?.name ?? "The file"} is removed.`);
        this.#change(this.keys.filter((one) => one !== key));
        this.takeBack([key]);
      };
      this.#tray = new Tray(this.records, this.bounds, { remove, focus: () => this.handlers.focus() });
      find(".composer textarea").before(this.#tray.element);
      this.#tray.show(this.keys);
      return this.#tray;
    });
    this.#loading.catch(() => (this.#loading = null)); // offline; the next one asks again
    return this.#loading;
  }
}
