// A refused form puts the focus where something is to be corrected, which may be far down.
// @ts-check

const field =
  document.querySelector('#content-main form [aria-invalid="true"]') ??
  document.querySelector("#content-main form .errors :is(input, select, textarea)") ??
  document.querySelector("#content-main .errornote"); // of the form as a whole
if (field instanceof HTMLElement) {
  if (field.matches(".errornote")) field.tabIndex = -1;
  field.focus({ preventScroll: true });
  field.scrollIntoView({ block: "center" });
}
