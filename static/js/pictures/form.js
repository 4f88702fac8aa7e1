import { element, find, icon, iconButton } from "dom";
import { loadStylesheet } from "stylesheet";

/**
 * What pictures are to be like: above the bar of the field in which the message is written.
 *
 * @typedef {import("page").PictureOffer} PictureOffer
 * @typedef {import("protocol").Wish} Wish
 */

/** @type {Record<string, string>} */
const WORDS = {
  "1024x1024": "Square",
  "1536x1024": "Landscape",
  "1024x1536": "Portrait",
  low: "Low",
  medium: "Medium",
  high: "High",
  opaque: "Opaque",
  transparent: "Transparent",
};

/** What it needs to be shown. */
export const loaded = () => loadStylesheet("wish");

export class WishForm {
  element = element("div", { class: "wish", role: "group", "aria-label": "Picture" });
  #offers;
  /** @type {Record<string, string>} */
  #chosen = { model: "", size: "", quality: "", background: "", number: "1" };
  #mask = "";
  #price = element("output", { class: "price" });

  /** @param {PictureOffer[]} offers @param {Wish | null} last what was wished before */
  constructor(offers, last) {
    this.#offers = offers;
    this.#chosen = { ...this.#chosen, model: offers[0]?.model ?? "", ...last, number: "1", mask: "" };
    this.#draw();
    find(".composer .bar").before(this.element);
  }

  /** @returns {Wish} */
  get wish() {
    const { model, size, quality, background, number } = this.#chosen;
    const wish = { model, size, quality, background, mask: this.#mask };
    const given = Object.fromEntries(Object.entries(wish).filter(([, value]) => value));
    return { ...given, number: Number(number) };
  }

  /** Only a part of the first picture is to be changed, or "". @param {string} id of an image */
  set mask(id) {
    this.#mask = id;
    this.#draw();
  }

  get #fitting() {
    return this.#mask ? this.#offers.filter(({ masks }) => masks) : this.#offers;
  }

  get #offer() {
    return this.#fitting.find(({ model }) => model === this.#chosen.model) ?? this.#fitting[0];
  }

  #draw() {
    const offer = this.#offer;
    if (!offer) return;
    const { sizes, qualities, backgrounds, most } = offer;
    const numbers = Array.from({ length: most }, (_, index) => `${index + 1}`);
    this.#chosen.model = offer.model;
    const models = this.#fitting.map(({ model }) => model);
    if (!qualities.length) Object.assign(this.#chosen, { quality: "", background: "" });
    this.element.replaceChildren(
      ...(models.length > 1 ? [this.#select("model", "Model", models, "")] : []),
      this.#select("size", "Size", sizes, "Any size"),
      ...(qualities.length ? [this.#select("quality", "Quality", qualities, "Any quality")] : []),
      ...(backgrounds.length ? [this.#select("background", "Background", backgrounds, "Any background")] : []),
      this.#select("number", "Number", numbers, ""),
      this.#price,
      ...(this.#mask ? [this.#painted()] : []),
    );
    this.#tell();
  }

  #painted() {
    const remove = iconButton("x", "Change the whole picture");
    remove.addEventListener("click", () => (this.mask = ""));
    return element("span", { class: "painted" }, icon("brush"), "Only the painted area", remove);
  }

  /** @param {string} name @param {string} label @param {string[]} values @param {string} none what leaves it to the model, or "" */
  #select(name, label, values, none) {
    const options = [
      ...(none ? [["", none]] : []),
      ...values.map((value) => [value, name === "number" ? `× ${value}` : (WORDS[value] ?? value)]),
    ];
    const made = element("select", { "aria-label": label }, ...options.map(([value, text]) => element("option", { value }, text ?? "")));
    made.value = this.#chosen[name] ?? "";
    made.addEventListener("change", () => {
      this.#chosen[name] = made.value;
      if (name === "model") this.#draw();
      else this.#tell();
    });
    return made;
  }

  /** What it costs, where that is known: what is left to the model may cost more. */
  #tell() {
    const { size, quality, number } = this.#chosen;
    const prices = this.#offer?.prices ?? {};
    const fitting = Object.entries(prices).filter(([key]) => (!size || key.startsWith(size)) && (!quality || key.endsWith(` ${quality}`)));
    const costs = fitting.map(([, price]) => price * Number(number)).sort((a, b) => a - b);
    const [least = 0] = costs;
    const most = costs.at(-1) ?? 0;
    const dollars = (/** @type {number} */ price) => `$${price < 0.1 ? price.toFixed(3) : price.toFixed(2)}`;
    this.#price.textContent = !costs.length
      ? ""
      : least === most
        ? `about ${dollars(least)}`
        : `about ${dollars(least)} to ${dollars(most)}`;
  }
}
