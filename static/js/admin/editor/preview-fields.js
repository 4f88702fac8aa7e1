import { element } from "dom";

/**
 * The fields of the preview's dialog: whose it is, and a value for each variable.
 *
 * @typedef {{name: string, label: string, type: string, value: string, choices?: string[]}} Asked
 */

const INPUTS = new Map([["date", "date"], ["number", "number"]]); // prettier-ignore

/** @param {Asked} asked @returns {HTMLElement} */
export function choice({ name, label, type, value, choices = [] }) {
  const id = `preview-${name}`;
  const options = type === "yes_no" ? ["yes", "no"] : type === "choice" ? choices : null;
  const attributes = { id, "data-name": name, autocomplete: "off", autocapitalize: "none", spellcheck: "false" };
  const field = options
    ? element("select", attributes, ...["", ...options].map((one) => element("option", { value: one }, one || "–")))
    : type === "long_text"
      ? element("textarea", { ...attributes, rows: "3" })
      : element("input", { ...attributes, type: INPUTS.get(type) ?? "text", step: type === "number" && "any" });
  field.value = value;
  return element("p", {}, element("label", { for: id }, label), field);
}
