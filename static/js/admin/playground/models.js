/**
 * The models that can be tried, and what is known of them.
 *
 * @typedef {import("admin/playground/state").Model} Model
 */

const count = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" });

/** @param {number} rate dollars for a million tokens */
const price = (rate) => `$${rate >= 1 ? Number(rate.toFixed(2)) : Number(rate.toPrecision(2))}`;

export class Models {
  /** @type {Model[]} the default one first */
  all = [];
  isLoaded = false;
  /** Called when they are known. */
  listed = () => {};

  /** @param {string} base @param {() => void} loaded */
  async load(base, loaded) {
    const response = await fetch(`${base}playground/models/`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!response?.ok) return;
    this.all = (await response.json()).models;
    this.isLoaded = true;
    this.listed();
    loaded();
  }

  /** @param {string} name empty: the default one */
  find(name) {
    return name ? this.all.find((model) => model.name === name) : this.all[0];
  }

  /** What decides for a model or against it, in a line. @param {string} name */
  describe(name) {
    const model = this.find(name);
    if (!model) return this.isLoaded && name ? "No provider lists this model." : "";
    const words = this.all.every(({ provider }) => provider === model.provider) ? [] : [model.provider];
    if (model.window) words.push(`${count.format(model.window)} tokens`);
    if (model.price) words.push(`${price(model.price.input)} in, ${price(model.price.output)} out per million`);
    else words.push("price unknown");
    if (model.shutdown_date) words.push(`shut down on ${day.format(new Date(model.shutdown_date))}`);
    return words.join(" · ");
  }

  /** What of these parameters the model doesn't take. @param {string} name @param {import("admin/playground/state").Parameters} parameters */
  objections(name, parameters) {
    const model = this.find(name);
    const said = [];
    if (model?.takes_temperature === false && ("temperature" in parameters || "top_p" in parameters))
      said.push("This model takes neither temperature nor top p: they are left out.");
    const effort = parameters["reasoning_effort"];
    if (model?.efforts && effort !== undefined && !model.efforts.includes(String(effort)))
      said.push(
        model.efforts.length ? `This model takes the efforts ${model.efforts.join(", ")}.` : "This model takes no reasoning effort.",
      );
    return said;
  }
}
