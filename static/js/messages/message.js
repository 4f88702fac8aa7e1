import { element } from "dom";
import { isCalled, isGrowing, isRunning, isSaid } from "conversation/message";
import { actionsFor } from "messages/actions";
import { AttachedFile } from "messages/attached";
import { noteOf, noticeFor } from "messages/notice";
import { fits, viewOf } from "messages/part-view";
import { sourcesOf } from "messages/sources";
import { areTheAnswer, Thoughts } from "messages/thoughts";

/**
 * One message on the page.
 *
 * @typedef {import("page").Message} Message
 */

const SETTLED_AFTER_MS = 1_000; // formulas and colours come a little later

export class MessageView {
  element = element("article", { class: "message" });
  #body = element("div", { class: "body" });
  #foot = element("div", { class: "foot" });
  #files = element("div", { class: "attached" });
  /** @type {import("messages/part-view").PartView[]} */
  #parts = [];
  /** @type {HTMLImageElement | null} a picture that is being made */
  #preview = null;
  #footnote = "";
  #settling = false;

  /** @param {Message} message */
  constructor(message) {
    this.message = message;
    this.element.dataset.role = message.role;
    const results = message.role === "user" && message.parts.length > 0 && message.parts.every(isCalled);
    this.element.classList.toggle("results", results);
    const whose = results ? "Results" : message.role === "user" ? "You" : "Answer";
    this.element.append(element("h2", { class: "for-readers" }, whose), this.#body, this.#foot);
  }

  /**
   * Bring the page up to what the message says now.
   *
   * @param {{last: boolean, unsent: string}} place  `unsent`: why what is written can't be sent now; "" where it can
   * @returns {boolean} whether all of it is shown; a very long text takes several frames
   */
  update({ last, unsent }) {
    const { message } = this;
    const running = isRunning(message);
    Object.assign(this.element.dataset, { message: message.id, status: message.status });
    this.element.setAttribute("aria-busy", String(isGrowing(message)));
    this.element.classList.toggle("waiting", Boolean(message.local && unsent));
    const complete = this.#updateParts(running);
    this.#updatePreview(running);
    this.#updateFoot(last, running, unsent);
    return complete;
  }

  /**
   * From some time after it was drawn, the browser may leave it out while it is out of sight. Not earlier: its height must be known
   * by then, or what is read would move when it comes near.
   */
  settle() {
    if (this.#settling || isRunning(this.message)) return;
    this.#settling = true;
    setTimeout(() => requestAnimationFrame(() => this.element.classList.add("settled")), SETTLED_AFTER_MS);
  }

  /** @param {boolean} running */
  #updateParts(running) {
    const { parts, key, id } = this.message;
    let complete = true;
    const turned = parts.findIndex((part, index) => this.#parts[index] && !fits(part, this.#parts[index]));
    if (turned >= 0) for (const former of this.#parts.splice(turned)) former.element.remove(); // its text turned out to be reasoning
    const opened = areTheAnswer(this.message);
    parts.forEach((part, index) => {
      const shown = (this.#parts[index] ??= this.#add(part, `${key ?? id}-${index}`));
      if (opened && shown instanceof Thoughts) shown.open();
      const done = !running || index < parts.length - 1;
      complete = shown.update(part.text ?? "", done, part.pieces, part.seconds) && complete;
    });
    for (const extra of this.#parts.splice(parts.length)) extra.element.remove();
    const { lastElementChild } = this.#body;
    for (const child of this.#body.children) child.classList.toggle("live", running && child === lastElementChild);
    return complete;
  }

  /** @param {boolean} running */
  #updatePreview(running) {
    const { preview } = this.message;
    if (!running || !preview) {
      this.#preview?.remove();
      this.#preview = null;
      return;
    }
    this.#preview ??= element("img", { class: "being-made", alt: "The picture, as far as it has come" });
    if (this.#preview.src !== preview) this.#preview.src = preview;
    if (!this.#preview.isConnected) this.#body.append(this.#preview);
  }

  /** @param {import("page").Part} part @param {string} scope */
  #add(part, scope) {
    const made = viewOf(part, this.message.role, scope);
    const isAttached = made instanceof AttachedFile;
    if (isAttached && this.#files.parentElement !== this.#body) this.#body.prepend(this.#files);
    (isAttached ? this.#files : this.#body).append(made.element);
    return made;
  }

  /** @param {boolean} last @param {boolean} running @param {string} unsent */
  #updateFoot(last, running, unsent) {
    const { status, siblings, finish_reason: reason, error, usage, local, id, retrying, feedback } = this.message;
    const said = this.message.parts.some(isSaid);
    const footnote = JSON.stringify([
      id,
      status,
      siblings,
      reason,
      error,
      usage,
      local,
      last,
      (local || running) && unsent,
      running && retrying,
      running && said,
      feedback?.thumb,
    ]);
    if (footnote === this.#footnote) return;
    this.#footnote = footnote;
    const focused = this.#foot.contains(document.activeElement)
      ? /** @type {HTMLElement} */ (document.activeElement).dataset.action
      : undefined;
    const notice = noticeFor(this.message, last, unsent);
    const again = !notice?.querySelector('[data-action="regenerate"]');
    const row = (!running && !local) || (running && said && !local) ? actionsFor(this.message, again) : null;
    const shown = running || local ? [notice, row] : [notice, noteOf(this.message), sourcesOf(this.message), row];
    this.#foot.replaceChildren(...shown.filter((one) => one !== null));
    if (focused) /** @type {HTMLElement | null} */ (this.#foot.querySelector(`[data-action="${focused}"]`))?.focus();
  }
}
