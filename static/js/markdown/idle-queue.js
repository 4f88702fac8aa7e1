/** Work that may take long and can wait: some is done at once, the rest in later turns of the event loop. */

const TURN_MS = 8;
/** @type {(() => void)[]} */
const queue = [];
let spent = 0;
let planned = false;
/** @type {(() => void)[]} */
let awaiting = [];

/** When all that was given so far is done. @returns {Promise<void>} */
export const allDone = () => (planned ? new Promise((resolve) => awaiting.push(resolve)) : Promise.resolve());

/** Do `work` now, or soon where enough was done in this turn. @param {() => void} work */
export function whenIdle(work) {
  if (spent > TURN_MS) queue.push(work);
  else {
    const began = performance.now();
    work();
    spent += performance.now() - began;
  }
  if (planned) return;
  planned = true;
  setTimeout(nextTurn);
}

function nextTurn() {
  planned = false;
  spent = 0;
  for (const work of queue.splice(0)) whenIdle(work);
  if (queue.length) return;
  const done = awaiting;
  awaiting = [];
  for (const resolve of done) resolve();
}
