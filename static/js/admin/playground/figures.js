import { element } from "dom";

/**
 * What a trial took, in a line or two.
 *
 * @typedef {import("admin/playground/state").End} End
 */

const number = new Intl.NumberFormat("en");

/** @param {number} seconds */
const time = (seconds) => (seconds < 9.95 ? `${seconds.toFixed(seconds < 0.995 ? 2 : 1)} s` : `${Math.round(seconds)} s`);

/** @param {string} cost in US dollars; as many digits as say something */
export function dollars(cost) {
  const value = Number(cost);
  if (!value) return "$0";
  return `$${value >= 0.1 ? value.toFixed(2) : value.toFixed(Math.min(8, 1 - Math.floor(Math.log10(value))))}`;
}

/** @param {End} end @returns {[string, string, string][]} a name, what it is, and what there is to say of it */
function rows({ usage, cost, first_token_seconds: first, seconds, attempts }) {
  const about = usage?.estimated ? "about " : "";
  const read = usage?.input_tokens ?? null;
  const written = usage?.output_tokens ?? null;
  const cached = usage?.cached_tokens ? `${number.format(usage.cached_tokens)} of them from the provider’s cache` : "";
  const thought = usage?.reasoning_tokens ? `${number.format(usage.reasoning_tokens)} of them reasoning` : "";
  return [
    ["First token", first === null ? "–" : time(first), "from pressing Run, waiting and retries included"],
    ["Total", time(seconds), attempts > 1 ? `${attempts} attempts` : ""],
    ["Read", read === null ? "–" : `${about}${number.format(read)}`, cached || "tokens"],
    ["Written", written === null ? "–" : `${about}${number.format(written)}`, thought || "tokens"],
    ["Cost", cost === null ? "unknown" : dollars(cost), cost === null ? "the model’s price isn’t known" : ""],
  ];
}

/** @param {End} end */
export function figures(end) {
  const list = element("dl", { class: "figures" });
  for (const [name, value, more] of rows(end)) {
    const cell = element("dd", {}, value);
    if (more) cell.append(element("span", { class: "for-readers" }, ` ${more}`));
    list.append(element("div", { title: more || undefined }, element("dt", {}, name), cell));
  }
  return list;
}

/** What there is to say beside the figures. @param {End} end @returns {string[]} */
export function remarks({ status, finish_reason: reason, note, attempts, error }) {
  const said = note ? [note] : [];
  if (attempts > 1) said.push(`It took ${attempts} attempts.`);
  if (status === "stopped") said.push("Stopped.");
  else if (reason === "length") said.push("Cut off at the length limit.");
  else if (status === "complete" && reason && reason !== "stop" && !error) said.push(`It ended with “${reason}”.`);
  return said;
}

/** @param {import("admin/playground/state").Failure} error */
export function failure({ detail, retry_at: again, cause }) {
  const when = again ? ` It can be tried again at ${new Date(again).toLocaleTimeString([], { timeStyle: "medium" })}.` : "";
  const box = element("div", { class: "failure" }, element("p", {}, detail + when));
  if (cause) box.append(element("details", {}, element("summary", {}, "What the provider said"), element("p", {}, cause)));
  return box;
}
