import { ICONS, iconButton, make } from "widget/elements";

/**
 * Pictures that are sent: made smaller here, so that they are on their way soon, and without what a camera writes beside them.
 *
 * @typedef {{url: string, alt: string, width: number, height: number}} Picture  as the server tells of one
 * @typedef {{urls: string[], canvases: HTMLCanvasElement[]}} Sent  data URLs, and what shows the same: a page's policy may let in no such image
 */

const LARGEST_CHARACTERS = 600_000;
/** Longest side and quality, until it is small enough. */
const STEPS = [
  [1600, 0.85],
  [1280, 0.7],
  [800, 0.6],
];

export class Pictures {
  #words;
  #most;
  /** @type {Map<HTMLElement, string>} data URLs, by what shows them */
  #held = new Map();
  #input;
  element = make("div", { class: "pictures" });

  /** @param {import("widget/words").Words} words @param {number} most with one message */
  constructor(words, most) {
    this.#words = words;
    this.#most = most;
    this.#input = make("input", { type: "file", accept: "image/*", multiple: "", hidden: "" });
    this.#input.addEventListener("change", () => {
      this.take([...(this.#input.files ?? [])]);
      this.#input.value = "";
    });
    this.button = iconButton(words.attach, ICONS.picture, () => this.#input.click());
    this.button.append(this.#input);
    this.#input.addEventListener("click", (event) => event.stopPropagation());
  }

  /** Those of these files that are pictures. @param {File[]} files */
  async take(files) {
    for (const file of files.filter(({ type }) => type.startsWith("image/"))) {
      const drawn = await smaller(file).catch(() => null);
      if (drawn && this.#held.size < this.#most) this.#show(...drawn);
    }
  }

  /** What is to be sent, which is then not held any more. @returns {Sent} */
  sent() {
    const urls = [...this.#held.values()];
    const canvases = [...this.#held.keys()].flatMap((held) => [...held.querySelectorAll("canvas")]);
    this.#held.clear();
    this.element.replaceChildren();
    return { urls, canvases };
  }

  get isEmpty() {
    return !this.#held.size;
  }

  /** @param {HTMLCanvasElement} canvas @param {string} url */
  #show(canvas, url) {
    const held = make("span", {}, canvas);
    const remove = iconButton(this.#words.remove, ICONS.close, () => {
      this.#held.delete(held);
      held.remove();
      this.button.focus();
    });
    held.append(remove);
    this.#held.set(held, url);
    this.element.append(held);
  }
}

/** @param {File} file @returns {Promise<[HTMLCanvasElement, string]>} the picture, and its data URL */
async function smaller(file) {
  const image = await createImageBitmap(file);
  const canvas = make("canvas", { role: "img", "aria-label": file.name });
  let url = "";
  for (const [side = 0, quality] of STEPS) {
    const scale = Math.min(1, side / Math.max(image.width, image.height));
    canvas.width = Math.max(1, Math.round(image.width * scale));
    canvas.height = Math.max(1, Math.round(image.height * scale));
    const context = canvas.getContext("2d");
    if (!context) break;
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    url = canvas.toDataURL("image/jpeg", quality);
    if (url.length <= LARGEST_CHARACTERS) break;
  }
  image.close();
  return [canvas, url];
}

/** Pictures of a message, each a link to itself: a page whose policy lets none in shows what they are called. @param {Picture[]} pictures @param {string} origin @param {string} name */
export function shown(pictures, origin, name) {
  return pictures.map(({ url, alt, width, height }) => {
    const address = new URL(url, origin).href;
    const image = make("img", {
      src: address,
      alt: alt || name,
      width: `${width}`,
      height: `${height}`,
      loading: "lazy",
      referrerpolicy: "no-referrer",
    });
    return make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, image);
  });
}
