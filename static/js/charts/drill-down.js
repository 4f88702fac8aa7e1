/** From a bar or a point of a chart to its attempts: a click follows the link that the chart's table has at the same place. */

/**
 * @param {HTMLElement} place of the chart, in a section with its table
 * @param {number} slot
 * @param {number} series -1 for all of them
 * @returns {HTMLAnchorElement | null} the slot's own link where the series has none there
 */
export function linkAt(place, slot, series) {
  const row = place.closest("section")?.querySelectorAll("tbody tr")[slot];
  if (!(row instanceof HTMLTableRowElement)) return null;
  return row.cells[series + 1]?.querySelector("a") ?? row.cells[0]?.querySelector("a") ?? null;
}

/**
 * Which of stacked series is hit; -1 above them all, where the slot is meant.
 * @param {number[][]} tops of each series, with those before it below @param {number} slot @param {number} value
 */
export const hit = (tops, slot, value) => tops.findIndex((values) => value <= (values[slot] ?? 0));

/** @param {HTMLAnchorElement} link @param {MouseEvent} event with the key that opens links in another tab */
export function follow(link, { ctrlKey, metaKey, shiftKey }) {
  link.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey, metaKey, shiftKey }));
}
