import { isCalled, isFile } from "conversation/message";
import { MarkdownView } from "markdown/view";
import { AttachedFile } from "messages/attached";
import { Called } from "messages/called";
import { MadePicture } from "messages/made";
import { Plain } from "messages/plain";
import { Thoughts } from "messages/thoughts";

/**
 * What shows one part of a message.
 *
 * @typedef {import("page").Part} Part
 * @typedef {MarkdownView | Thoughts | Plain | AttachedFile | MadePicture | Called} PartView
 */

/** @param {Part} part @param {"user" | "assistant"} role @param {string} scope @returns {PartView} */
export function viewOf(part, role, scope) {
  if (part.type === "image" && role === "assistant") return new MadePicture(part);
  if (isFile(part)) return new AttachedFile(part);
  if (isCalled(part)) return new Called(part);
  if (part.type === "reasoning") return new Thoughts(scope);
  const view = role === "user" ? new Plain() : new MarkdownView(scope);
  if (part.type === "refusal") view.element.classList.add("refusal");
  return view;
}

/** Whether a view can show it: what is held as text may turn out to be something else. @param {Part} part @param {PartView} view */
export const fits = (part, view) =>
  (part.type === "reasoning") === view instanceof Thoughts &&
  isCalled(part) === view instanceof Called &&
  isFile(part) === (view instanceof AttachedFile || view instanceof MadePicture);
