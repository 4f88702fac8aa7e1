import { element, iconButton } from "dom";
import { addressOf } from "messages/attached";
import { csrfToken, request } from "requests/http";
import { Strokes } from "pictures/strokes";
import { loadStylesheet } from "stylesheet";

const NAME = "painted-area.png";
const ASKED_AGAIN_MS = 500;
const ASKED = 20;

/**
 * Have the user paint over a picture what is to be changed of it.
 *
 * @param {import("page").Part} part the picture's
 * @returns {Promise<string | undefined>} the id of the mask, "" for the whole picture; undefined where they thought better of it
 */
export async function paint({ file, name = "", alt = "", width = 0, height = 0 }) {
  await Promise.all([loadStylesheet("enlarged"), loadStylesheet("painting")]); // in this order: what is painted on stands in its frame
  if (document.querySelector("dialog.painting")) return undefined; // the second of two clicks
  const canvas = element("canvas", { width: `${width}`, height: `${height}`, "aria-hidden": "true" });
  const size = element("input", { type: "range", min: "2", max: "40", value: "12", "aria-label": "Brush size" });
  const undo = iconButton("undo-2", "Undo", { disabled: true });
  const clear = iconButton("trash-2", "Clear", { disabled: true });
  const close = iconButton("x", "Close");
  const whole = element("button", { type: "button", class: "button" }, "Change the whole picture");
  const area = element("button", { type: "button", class: "button primary", disabled: true }, "Change this area");
  const image = element("img", { src: addressOf(file), alt: alt || name, draggable: "false" });
  const title = element("h2", { id: "painting-title" }, "Paint over what is to be changed");
  const label = element("label", { class: "brush" }, element("span", {}, "Brush"), size);
  const problem = element("p", { class: "problem", role: "alert" });
  const dialog = element(
    "dialog",
    { class: "window-sized painting", "aria-labelledby": "painting-title" },
    element("div", { class: "head" }, title, element("span", { class: "spring" }), label, undo, clear, close),
    element("div", { class: "stage" }, element("div", { class: "easel" }, image, canvas)),
    element("div", { class: "bar" }, problem, whole, area),
  );
  const strokes = new Strokes(canvas, () => {
    undo.disabled = clear.disabled = area.disabled = strokes.isEmpty;
  });
  listen(canvas, strokes, () => (Number(size.value) / 100) * Math.min(width ?? 0, height ?? 0));
  undo.addEventListener("click", () => strokes.undo());
  clear.addEventListener("click", () => strokes.clear());
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "z" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    strokes.undo();
  });
  document.body.append(dialog);
  dialog.showModal();
  whole.focus(); // which can be chosen without painting
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(undefined);
    });
    const end = (/** @type {string} */ mask) => {
      resolve(mask);
      dialog.close();
    };
    whole.addEventListener("click", () => end(""));
    area.addEventListener("click", async () => {
      area.disabled = true;
      try {
        end(await stored(await strokes.mask()));
      } catch (error) {
        problem.textContent = error instanceof Error ? error.message : String(error);
        area.disabled = strokes.isEmpty;
      }
    });
  });
}

/** @param {HTMLCanvasElement} canvas @param {Strokes} strokes @param {() => number} width of the brush, in the picture's pixels */
function listen(canvas, strokes, width) {
  let pointer = -1;
  const place = (/** @type {PointerEvent} */ { clientX, clientY }) => {
    const shown = canvas.getBoundingClientRect();
    const scale = canvas.width / shown.width;
    return /** @type {[number, number]} */ ([(clientX - shown.left) * scale, (clientY - shown.top) * scale]);
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (pointer !== -1 || event.button) return; // a second finger paints nothing
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    strokes.begin(width(), place(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    for (const one of event.getCoalescedEvents?.() ?? []) strokes.goOn(place(one));
    strokes.goOn(place(event));
  });
  for (const type of /** @type {const} */ (["pointerup", "pointercancel"]))
    canvas.addEventListener(type, (event) => event.pointerId === pointer && (pointer = -1));
}

/** Bring the mask to the server; its id, once it is read there. @param {Blob} mask */
async function stored(mask) {
  const form = new FormData();
  form.set("file", mask, NAME);
  let file = await request("files/", { method: "POST", body: form, headers: { "X-CSRFToken": csrfToken() } });
  for (let left = ASKED; file.state === "reading" && left; left--) {
    await new Promise((resolve) => setTimeout(resolve, ASKED_AGAIN_MS));
    file = await request(`files/${file.id}/state/`);
  }
  if (file.state !== "ready") throw new Error(file.problem || "The painted area isn’t ready yet. Try again in a moment.");
  return /** @type {string} */ (file.id);
}
