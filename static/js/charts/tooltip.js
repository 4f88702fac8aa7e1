/** What a chart shows at the place of the pointer, in words that the server wrote. */

import { linkAt } from "charts/drill-down";

const GAP = 12;

export class Tooltip {
  /** @param {HTMLElement} place @param {{times: number[], hourly: boolean, words: [string, string[]][]}} chart `words`: a label with a text for each time */
  constructor(place, chart) {
    this.place = place;
    this.chart = chart;
    this.box = document.createElement("div");
    this.box.className = "tip";
    this.box.hidden = true;
    place.append(this.box);
    const format = chart.hourly
      ? { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }
      : { weekday: "short", day: "numeric", month: "short" };
    this.format = new Intl.DateTimeFormat("en-GB", { .../** @type {Intl.DateTimeFormatOptions} */ (format), timeZone: "UTC" });
  }

  /** @param {number | null | undefined} slot @param {number} left of the pointer within the plot @param {number} inset of the plot */
  follow(slot, left, inset) {
    const time = slot == null ? undefined : this.chart.times[slot];
    this.box.hidden = time === undefined || left < 0;
    if (this.box.hidden || time === undefined || slot == null) return;
    const heading = document.createElement("strong");
    heading.textContent = this.format.format(new Date(time * 1000));
    const lines = this.chart.words.flatMap(([label, texts]) =>
      [label, texts[slot] ?? ""].map((text) => Object.assign(document.createElement("span"), { textContent: text })),
    );
    const hint = Object.assign(document.createElement("em"), { textContent: "Click for the attempts" });
    this.box.replaceChildren(heading, ...lines, ...(linkAt(this.place, slot, -1) ? [hint] : []));
    const x = left + inset;
    const fits = x + GAP + this.box.offsetWidth <= this.place.clientWidth;
    this.box.style.left = `${fits ? x + GAP : Math.max(0, x - GAP - this.box.offsetWidth)}px`;
  }

  remove() {
    this.box.remove();
  }
}
