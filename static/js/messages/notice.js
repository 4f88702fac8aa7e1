import { isCalled, isSaid } from "conversation/message";
import { element, icon } from "dom";
import { areTheAnswer } from "messages/thoughts";

const WHOLE = ["stop", "tool_calls", ""];

/**
 * What there is to say about how a message went, with the way on.
 *
 * @param {import("page").Message} message
 * @param {boolean} last
 * @param {string} unsent why what is written can't be sent now; "" where it can
 * @returns {HTMLElement | null}
 */
export function noticeFor(message, last, unsent) {
  if (message.role === "user") return message.local && unsent ? element("p", { class: "remark" }, unsent) : null;
  const calls = message.parts.some(isCalled);
  const some = calls || message.parts.some(isSaid);
  const onward = !last ? null : some && !calls ? button("Continue", "continue") : button("Try again", "regenerate");
  switch (message.status) {
    case "pending":
    case "streaming":
      return message.retrying && !unsent ? element("p", { class: "remark", role: "status" }, message.retrying) : null;
    case "stopped":
      return box("quiet", "square", some ? "You stopped this answer." : "You stopped this answer before it began.", onward);
    case "interrupted":
      return box("warn", "circle-alert", sentence(message, "The answer broke off. What you see is saved."), onward, reference(message));
    case "failed":
      return box(
        "bad",
        "circle-alert",
        sentence(message, "The answer could not be made."),
        last ? button("Try again", "regenerate") : null,
        reference(message),
      );
    case "complete":
      if (message.finish_reason === "length") return box("quiet", "info", "The answer reached its length limit.", onward);
      if (message.finish_reason === "content_filter")
        return box("warn", "circle-alert", "The provider’s content filter ended this answer.", null);
      if (!WHOLE.includes(message.finish_reason ?? ""))
        return box("quiet", "info", `The provider ended this answer, for a reason that it calls “${message.finish_reason}”.`, onward);
      if (!some && !(areTheAnswer(message) && message.parts.length))
        return box("quiet", "info", "The model answered with nothing.", onward);
      return null;
    default:
      return null;
  }
}

/** What its user is told of how it came about; nothing where no answer did. @param {import("page").Message} message */
export function noteOf({ note, status }) {
  return note && status !== "failed" ? element("p", { class: "remark" }, note) : null;
}

/** @param {import("page").Message} message @param {string} otherwise */
function sentence({ error }, otherwise) {
  if (!error?.detail) return otherwise;
  if (!error.retry_at) return error.detail;
  const at = new Date(error.retry_at);
  const soon = at.getTime() - Date.now() < 60_000;
  return `${error.detail} Try again ${soon ? "in a moment" : `after ${at.toLocaleTimeString([], { hour: "numeric", minute: "2-digit" })}`}.`;
}

/** The end of its id, by which the admin finds it. @param {import("page").Message} message */
export const referenceOf = ({ id }) => `${id.slice(-8, -4)}-${id.slice(-4)}`;

/** What to tell an administrator of a failed answer. @param {import("page").Message} message */
function reference(message) {
  if (!message.error) return null;
  const attributes = { type: "button", class: "reference", "data-action": "copy-reference", title: "Copy the reference" };
  return element("button", attributes, `Reference ${referenceOf(message)}`, icon("copy"));
}

/** @param {string} label @param {string} action */
const button = (label, action) => element("button", { type: "button", "data-action": action }, label);

/** @param {string} tone @param {string} sign @param {string} text @param {HTMLElement | null} onward @param {HTMLElement | null} more */
function box(tone, sign, text, onward, more = null) {
  const words = element("span", {}, text, ...(more ? [" ", more] : []));
  return element("div", { class: `notice ${tone}` }, icon(sign), words, ...(onward ? [onward] : []));
}
