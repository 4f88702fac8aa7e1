/** One chart, drawn by uPlot: stacked bars, or lines. */
import { follow, hit, linkAt } from "charts/drill-down";
import { drawMarks } from "charts/marks";
import { axisText, timeText } from "charts/scale";
import { Tooltip } from "charts/tooltip";
import uPlot from "uplot";

/**
 * @typedef {{label: string, colour: string, values: (number | null)[]}} Series
 * @typedef {{slug: string, kind: "stacked" | "lines", unit: "count" | "dollars" | "time", hourly: boolean, step: number, times: number[],
 *   series: Series[], words: [string, string[]][], marks: [number, string][]}} Chart  `marks`: a time, and what is written there
 */

const LEAST = 0.015; // of the highest bar: so much is seen of failures, however few
const FONT = '11px system-ui, "Segoe UI", Roboto, sans-serif';

/** @param {string} name */
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Every series with those before it below. @param {Chart} chart @returns {number[][]} */
function stacked(chart) {
  const highest = Math.max(...chart.times.map((_, slot) => chart.series.reduce((sum, { values }) => sum + (values[slot] ?? 0), 0)));
  /** @type {number[]} */
  let below = chart.times.map(() => 0);
  return chart.series.map(
    ({ values, colour: name }) => (below = below.map((sum, slot) => sum + seen(values[slot] ?? 0, name === "bad" ? highest * LEAST : 0))),
  );
}

/** @param {number} value @param {number} least */
const seen = (value, least) => (value > 0 ? Math.max(value, least) : 0);

/** Of fewer than three no line tells much, and of one there is none. @param {(number | null)[]} values */
const known = (values) => values.filter((value) => value !== null).length;

/** @param {Chart} chart @returns {{data: uPlot.AlignedData, series: uPlot.Series[]}} */
function shapes(chart) {
  if (chart.kind === "stacked") {
    const bars = uPlot.paths.bars?.({ size: [0.72, 36], radius: 0.12 });
    const layers = stacked(chart).map((values, position) => ({ values, colour: colour(`--chart-${chart.series[position]?.colour}`) }));
    layers.reverse(); // the highest first, so that those in front cover its lower part
    return {
      data: /** @type {uPlot.AlignedData} */ ([chart.times, ...layers.map(({ values }) => values)]),
      series: [{}, ...layers.map(({ colour: fill }) => ({ fill, stroke: fill, width: 0, paths: bars, points: { show: false } }))],
    };
  }
  return {
    data: /** @type {uPlot.AlignedData} */ ([chart.times, ...chart.series.map(({ values }) => values)]),
    series: [
      {},
      ...chart.series.map((one) => ({
        stroke: colour(`--chart-${one.colour}`),
        width: 2,
        spanGaps: true,
        points: { show: known(one.values) < 3, size: 6 },
      })),
    ],
  };
}

/** Fill the place and follow its width. @param {HTMLElement} place @param {Chart} chart @returns {() => void} takes it away again */
export function draw(place, chart) {
  const tooltip = new Tooltip(place, chart);
  const line = colour("--chart-grid");
  const text = colour("--body-quiet-color");
  const axis = { stroke: text, font: FONT, ticks: { show: false } };
  const half = chart.step / 2;
  const ends = [(chart.times[0] ?? 0) - half, (chart.times.at(-1) ?? 0) + half];
  const { data, series } = shapes(chart);
  const tops = chart.kind === "stacked" ? stacked(chart) : [];
  /** The attempts behind what the pointer is on. @param {uPlot} plot */
  const pointed = ({ cursor, posToVal }) => {
    if (cursor.idx == null || (cursor.left ?? -1) < 0) return null;
    return linkAt(place, cursor.idx, hit(tops, cursor.idx, posToVal(cursor.top ?? 0, "y")));
  };
  const size = () => ({ width: Math.max(1, place.clientWidth), height: Math.max(1, place.clientHeight) });
  const plot = new uPlot(
    {
      ...size(),
      legend: { show: false },
      padding: [10, 18, 0, 0],
      tzDate: (/** @type {number} */ seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
      cursor: { y: false, drag: { x: false, y: false }, points: { show: chart.kind === "lines", size: 7 } },
      scales: {
        x: { range: /** @type {[number, number]} */ (ends) },
        y: { range: (_, __, most) => [0, most > 0 ? most * 1.06 : 1] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          space: 56,
          size: 26,
          values: (_, times) => times.map((time) => timeText(time, chart.hourly)),
          splits: () => marks(chart, place.clientWidth),
        },
        {
          ...axis,
          grid: { stroke: line, width: 1 },
          space: 36,
          size: 52,
          values: (_, values) => values.map((value) => axisText(value, chart.unit)),
        },
      ],
      series,
      hooks: {
        draw: [(self) => drawMarks(self, chart, text)],
        setCursor: [
          (self) => {
            tooltip.follow(self.cursor.idx, self.cursor.left ?? -1, self.bbox.left / devicePixelRatio);
            self.over.style.cursor = pointed(self) ? "pointer" : "";
          },
        ],
      },
    },
    data,
    place,
  );
  plot.over.addEventListener("click", (event) => {
    const link = pointed(plot);
    if (link) follow(link, event);
  });
  const resized = new ResizeObserver(() => plot.setSize(size()));
  resized.observe(place);
  return () => {
    resized.disconnect();
    plot.destroy();
    tooltip.remove();
  };
}

/** Which slots are named below: as many as fit, and as evenly. @param {Chart} chart @param {number} width */
function marks(chart, width) {
  const every = Math.max(1, Math.ceil(chart.times.length / Math.max(2, Math.floor(width / 72))));
  return chart.times.filter((_, slot) => (chart.times.length - 1 - slot) % every === 0);
}
