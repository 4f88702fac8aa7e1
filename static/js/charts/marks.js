/** Where another version became live: a line through the chart, with the version's number above. In words it is in the tooltip and the table. */

const GAP = 4;

/** @param {import("uplot")} plot @param {import("charts/chart").Chart} chart @param {string} colour */
export function drawMarks({ ctx, bbox, valToPos }, chart, colour) {
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textBaseline = "top";
  let free = Infinity; // where there is room for the next number, newest first
  for (const [time, name] of [...chart.marks].reverse()) {
    const x = Math.round(valToPos(time - chart.step / 2, "x", true)); // a bar lies around the beginning of its time
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const width = ctx.measureText(name).width;
    const left = Math.min(x + GAP, bbox.left + bbox.width - width);
    if (left + width + GAP > free) continue;
    ctx.fillText(name, left, bbox.top);
    free = left;
  }
  ctx.restore();
}
