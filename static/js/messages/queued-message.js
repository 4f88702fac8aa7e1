import { element, icon } from "dom";
import { AttachedFile } from "messages/attached";
import { Plain } from "messages/plain";

/**
 * A message that waits to be sent: what for, and as it is shown.
 *
 * @typedef {import("conversation/queue").Queued} Queued
 * @typedef {import("attachments/records").FileRecords} FileRecords
 */

const NOT_SENT = {
  file: "Not sent: a file could not be attached",
  age: "Not sent: it was written more than an hour ago",
  branch: "Not sent: it was written below another answer",
  failure: "Not sent: the answer before it was not completed",
};

/** @param {Queued} item @param {ReturnType<import("conversation/queue").Queue["obstacle"]>} obstacle @param {FileRecords} records @param {string} unsent why nothing can be sent now; "" where it can */
export function remarkOn(item, obstacle, records, unsent) {
  if (obstacle === "upload") return untilReady(records, item.files ?? []);
  if (item.now && !obstacle) return unsent || "Will be sent in a moment";
  return obstacle ? NOT_SENT[obstacle] : "Will be sent when this answer is done";
}

/** @param {FileRecords} records @param {string[]} keys */
function untilReady(records, keys) {
  const unready = records.all(keys).filter(({ state }) => state === "uploading");
  if (unready.every(({ doing }) => doing?.startsWith("Transcribing"))) return "Will be sent when its recordings are transcribed";
  return `Will be sent when its files are uploaded (${records.percent(keys)}\u00a0%)`;
}

/**
 * @param {Queued} item @param {import("attachments/records").FileRecord[]} files
 * @param {string} remark what it waits for @param {string} send what its button for sending says; "" where there is none
 */
export function queuedMessage(item, files, remark, send) {
  const text = new Plain();
  text.update(item.text);
  const attached = files.map(({ part, name }) =>
    part
      ? new AttachedFile(part).element
      : element("span", { class: "document" }, icon("file-text"), element("bdi", { class: "name" }, name)),
  );
  const body = [element("div", { class: "attached" }, ...attached), ...(item.text ? [text.element] : [])];
  const button = (/** @type {string} */ label, /** @type {string} */ action) =>
    element("button", { type: "button", "data-queued": action }, label);
  const buttons = [button("Edit", "edit"), button("Remove", "remove")];
  if (send) buttons.unshift(button(send, "now"));
  return element(
    "article",
    { class: "message waiting", "data-role": "user", "data-id": item.id },
    element("h2", { class: "for-readers" }, "You, not sent yet"),
    element("div", { class: "body" }, ...body),
    element("div", { class: "foot" }, element("p", { class: "remark" }, remark), element("div", { class: "bar" }, ...buttons)),
  );
}
