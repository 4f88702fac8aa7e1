/** How the axes of charts are labelled. */

const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const HOUR = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** @param {number} seconds since 1970 @param {boolean} hourly */
export function timeText(seconds, hourly) {
  return (hourly ? HOUR : DAY).format(new Date(seconds * 1000));
}

/** @param {number} value @param {"count" | "dollars" | "time"} unit */
export function axisText(value, unit) {
  if (unit === "dollars") return value >= 1000 ? `$${SHORT.format(value)}` : `$${value.toFixed(value && value < 10 ? 2 : 0)}`;
  if (unit === "time") return value >= 1000 ? `${SHORT.format(value / 1000)} s` : `${Math.round(value)} ms`;
  return SHORT.format(value);
}
