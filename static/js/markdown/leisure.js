/** Finishing touches that may take long: some are done at once, the rest when the page has had a moment for itself. */

const SLICE = 8; // milliseconds
/** @type {(() => void)[]} */
const waiting = [];
let spent = 0;
let planned = false;

/** Do `work` now, or soon where enough was done in this turn. @param {() => void} work */
export function atLeisure(work) {
  if (spent > SLICE) waiting.push(work);
  else {
    const began = performance.now();
    work();
    spent += performance.now() - began;
  }
  if (planned) return;
  planned = true;
  setTimeout(goOn);
}

function goOn() {
  planned = false;
  spent = 0;
  for (const work of waiting.splice(0)) atLeisure(work);
}
