/** Under which heading a conversation stands: its day, where that is not long ago, or its month. */

// Not by Intl.DateTimeFormat, whose first use takes longer than all else that this page's scripts do at their start.
const MONTHS = "January February March April May June July August September October November December".split(" ");

/** @param {Date} date */
const dayNumber = (date) => Math.floor((date.getTime() - date.getTimezoneOffset() * 60_000) / 86_400_000);

/** @param {string} updated @param {Date} [now] */
export function dayHeading(updated, now = new Date()) {
  const date = new Date(updated);
  const days = dayNumber(now) - dayNumber(date);
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days <= 7) return "Previous 7 days";
  const month = MONTHS[date.getMonth()] ?? "";
  return date.getFullYear() === now.getFullYear() ? month : `${month} ${date.getFullYear()}`;
}

/** Milliseconds until the next day begins here; a day has 23 to 25 hours. @param {Date} now */
export const untilTomorrow = (now) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1).getTime() - now.getTime();
