// Sends a form once, however often its button is clicked: a double click sent it twice.
// @ts-check

const LEAVES_MS = 10_000; // a page that is still there by then was stopped on its way
const STAYS_MS = 1000; // longer than a double click takes

/** @type {WeakMap<EventTarget, number>} until when a form that was sent isn't sent again */
let sent = new WeakMap();
const forget = () => (sent = new WeakMap());

/** @param {HTMLFormElement} form asked as an element: its properties may be hidden by fields of the same name, as `action` is in lists */
const changesSomething = (form) => form.matches("[method=post]");
/** An action of a list may answer with a download. @param {HTMLFormElement} form */
const mayStay = (form) => form.matches("#changelist-form, [target=_blank]");

// Buttons are left as they are, for what a disabled one is called and worth isn't sent.
addEventListener(
  "submit",
  (event) => {
    if (!(event.target instanceof HTMLFormElement) || performance.now() >= (sent.get(event.target) ?? 0)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  { capture: true }, // before those who note that their form is sent
);
// At the window, so after all who may prevent it.
addEventListener("submit", (event) => {
  if (event.defaultPrevented || !(event.target instanceof HTMLFormElement) || !changesSomething(event.target)) return;
  sent.set(event.target, performance.now() + (mayStay(event.target) ? STAYS_MS : LEAVES_MS));
});
addEventListener("pageshow", ({ persisted }) => persisted && forget());
document.addEventListener("stayed", forget); // see unsaved.js

export {}; // a module: its names are its own
