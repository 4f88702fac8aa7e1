import { isCalled, isRunning, isSaid } from "conversation/message";
import { areTheAnswer } from "messages/thoughts";
import { element, iconButton } from "dom";

/**
 * The row of buttons below a message, and the facts beside it.
 *
 * @param {import("page").Message} message
 * @param {boolean} again whether Regenerate is one of them; a notice above may offer it already
 */
export function actionsFor(message, again) {
  const mine = message.role === "user";
  const row = element("div", { class: "actions" });
  const said = message.parts.some(isSaid) || areTheAnswer(message);
  const reading = "speechSynthesis" in window ? [iconButton("volume-2", "Read aloud", { "data-action": "read-aloud" })] : [];
  if (isRunning(message)) {
    row.append(...reading);
    return row;
  }
  if (said) row.append(iconButton("copy", mine ? "Copy message" : "Copy answer", { "data-action": "copy" }));
  if (mine && message.parts.some(isCalled)) return row;
  if (mine) row.append(iconButton("pencil", "Edit message", { "data-action": "edit" }));
  else {
    if (again) row.append(iconButton("refresh-cw", "Regenerate", { "data-action": "regenerate" }));
    if (said) row.append(...reading);
    if (said) row.append(...thumbs(message));
  }
  if (message.siblings.length > 1) {
    row.append(iconButton("trash-2", `Delete this ${versionOf(message)}`, { "data-action": "delete" }), siblingSwitch(message));
  }
  const meta = mine || message.status === "failed" ? "" : metaOf(message);
  if (meta) row.append(element("span", { class: "meta" }, meta));
  return row;
}

/** @param {import("page").Message} message */
function thumbs({ feedback }) {
  const names = /** @type {const} */ ({ up: "Good answer", down: "Bad answer" });
  return /** @type {const} */ (["up", "down"]).map((thumb) =>
    iconButton(`thumbs-${thumb}`, names[thumb], {
      "data-action": `thumb-${thumb}`,
      "aria-pressed": String(feedback?.thumb === thumb),
    }),
  );
}

/** What the alternatives of a message are called. @param {import("page").Message} message */
export const versionOf = (message) => (message.role === "user" ? "version" : "answer");

/** Its buttons turn to the neighbours, and so do the arrow keys in it. @param {import("page").Message} message */
function siblingSwitch(message) {
  const { id, siblings } = message;
  const at = siblings.indexOf(id);
  const what = versionOf(message);
  const previous = iconButton("chevron-left", `Previous ${what}`, {
    "data-action": "previous",
    "data-sibling": siblings[at - 1],
    disabled: at <= 0,
  });
  const next = iconButton("chevron-right", `Next ${what}`, {
    "data-action": "next",
    "data-sibling": siblings[at + 1],
    disabled: at >= siblings.length - 1,
  });
  const label = what === "answer" ? "Answers" : "Versions";
  return element("span", { class: "turn", role: "group", "aria-label": label }, previous, `${at + 1} / ${siblings.length}`, next);
}

/** Duration, tokens and model, as far as they are known. @param {import("page").Message} message */
function metaOf({ started, created, first_token: firstToken, finished, usage, model }) {
  const facts = [];
  const begin = started ?? created;
  const continued = firstToken && started && Date.parse(firstToken) < Date.parse(started); // then these times are of its last part only
  if (begin && finished && !continued) facts.push(duration((Date.parse(finished) - Date.parse(begin)) / 1000));
  if (usage?.output_tokens != null)
    facts.push(`${usage.estimated ? "about " : ""}${grouped(usage.output_tokens)} ${usage.output_tokens === 1 ? "token" : "tokens"}`);
  if (model) facts.push(model);
  return facts.join(" · ");
}

/** @param {number} seconds */
function duration(seconds) {
  if (seconds < 60) return `${Math.max(0.1, seconds).toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** 12345 as 12,345. Not by toLocaleString, whose first use takes as long as drawing several messages. @param {number} count */
const grouped = (count) => String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
