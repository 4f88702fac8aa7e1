/** The browser's other work gets its turn: clicks, keys, what comes from the server. */
export const nextTask = () => new Promise((resolve) => setTimeout(resolve));

/** What is drawn by now is seen. */
export const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
