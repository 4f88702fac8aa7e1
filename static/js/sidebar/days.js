/** The headings of the sidebar: today, yesterday, the last week, then months. */

const month = new Intl.DateTimeFormat("en", { month: "long" });
const monthAndYear = new Intl.DateTimeFormat("en", { month: "long", year: "numeric" });

/** @param {Date} date */
const dayNumber = (date) => Math.floor((date.getTime() - date.getTimezoneOffset() * 60_000) / 86_400_000);

/** @param {string} updated @param {Date} [now] */
export function dayHeading(updated, now = new Date()) {
  const date = new Date(updated);
  const days = dayNumber(now) - dayNumber(date);
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days <= 7) return "Previous 7 days";
  return (date.getFullYear() === now.getFullYear() ? month : monthAndYear).format(date);
}
