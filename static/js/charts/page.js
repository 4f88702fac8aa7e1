/** Draws the charts of the reports, and again when the colours change. Their numbers are in the page as tables, too. */
import { draw } from "charts/chart";

const source = document.getElementById("charts");
/** @type {import("charts/chart").Chart[]} */
const charts = source ? JSON.parse(source.textContent ?? "[]") : [];

/** @type {(() => void)[]} */
let drawn = [];

function drawAll() {
  for (const remove of drawn) remove();
  drawn = charts.flatMap((chart) => {
    const place = document.querySelector(`[data-chart="${chart.slug}"]`);
    return place instanceof HTMLElement ? [draw(place, chart)] : [];
  });
}

drawAll();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["data-theme"] });
