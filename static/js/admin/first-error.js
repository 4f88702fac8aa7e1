// A refused form puts the focus where something is to be corrected, which may be far down.
// @ts-check

const field =
  document.querySelector('#content-main form [aria-invalid="true"]') ??
  document.querySelector("#content-main form .errors :is(input, select, textarea)");
if (field instanceof HTMLElement) {
  field.focus({ preventScroll: true });
  field.scrollIntoView({ block: "center" });
}
