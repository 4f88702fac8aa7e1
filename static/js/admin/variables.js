// The variables of a prompt as fields, in place of the JSON that the form sends. Where that can't be read, it stays as it was typed.
// @ts-check

/** @typedef {{ name: string, type: string, label?: string, help?: string, required?: boolean, default?: string | number | boolean, choices?: string[] }} Variable */

/** @type {[string, string][]} */
const TYPES = [["text", "Text"], ["long_text", "Long text"], ["number", "Number"], ["choice", "Choice"], ["date", "Date"], ["yes_no", "Yes or no"]]; // prettier-ignore
let made = 0;

/** @template {keyof HTMLElementTagNameMap} Tag @param {Tag} tag @param {Record<string, unknown>} properties @param {(Node | string)[]} children */
function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  Object.assign(node, properties);
  node.append(...children);
  return node;
}

/** @param {string} text @param {HTMLElement} field */
function labelled(text, field) {
  field.id = `variable-${(made += 1)}`;
  return element("p", {}, element("label", { htmlFor: field.id, textContent: text }), field);
}

/** @param {string} value */
const input = (value) => element("input", { type: "text", value, autocomplete: "off", spellcheck: false });

/** One variable's fields. @param {Variable} variable @param {() => void} onremove */
function row(variable, onremove) {
  const name = input(variable.name);
  name.autocapitalize = "none";
  const type = element("select", {}, ...TYPES.map(([value, words]) => element("option", { value, textContent: words })));
  type.value = variable.type ?? "text";
  const label = input(variable.label ?? "");
  const help = input(variable.help ?? "");
  const shown = { true: "yes", false: "no" }[String(variable.default)] ?? variable.default ?? "";
  const standard = input(String(shown));
  const choices = element("textarea", { rows: 3, value: (variable.choices ?? []).join("\n") });
  const required = element("input", { type: "checkbox", checked: Boolean(variable.required) });
  const remove = element("button", { type: "button", className: "row-button", textContent: "Remove" });
  remove.addEventListener("click", onremove);
  const choicesRow = labelled("Choices, one per line", choices);
  choicesRow.className = "wide";
  const legend = element("legend", {});
  const fields = element(
    "fieldset",
    { className: "variable" },
    ...[legend, labelled("Name", name), labelled("Type", type), labelled("Label", label), labelled("Default", standard), choicesRow],
    ...[labelled("Help", help), labelled("Required", required), remove],
  );
  const draw = () => {
    legend.textContent = name.value.trim() ? `{{ ${name.value.trim()} }}` : "New variable";
    choicesRow.hidden = type.value !== "choice";
    remove.setAttribute("aria-label", `Remove ${legend.textContent}`);
  };
  fields.addEventListener("input", draw);
  draw();
  /** @returns {Record<string, unknown>} only what is set */
  const value = () => {
    /** @type {Record<string, unknown>} */
    const said = { name: name.value.trim(), type: type.value };
    if (label.value.trim()) said.label = label.value.trim();
    if (help.value.trim()) said.help = help.value.trim();
    if (required.checked) said.required = true;
    const words = standard.value.trim();
    if (words) said.default = type.value === "yes_no" ? ({ yes: true, no: false }[words.toLowerCase()] ?? words) : words;
    if (type.value === "choice") said.choices = choices.value.split("\n").map((one) => one.trim()).filter(Boolean); // prettier-ignore
    return said;
  };
  return { fields, name, value };
}

/** @param {string} text @returns {Variable[] | null} */
function read(text) {
  try {
    const value = JSON.parse(text.trim() || "[]");
    return Array.isArray(value) && value.every((one) => one && typeof one === "object") ? value : null;
  } catch {
    return null;
  }
}

/** @param {HTMLTextAreaElement} source */
function edit(source) {
  const first = read(source.value);
  if (!first) return;
  const list = element("div", { className: "variables-editor" });
  const add = element("button", { type: "button", className: "row-button", textContent: "Add a variable" });
  /** @type {ReturnType<typeof row>[]} */
  let rows = [];
  let isWriting = false;

  const write = () => {
    isWriting = true;
    source.value = rows.length
      ? JSON.stringify(
          rows.map((one) => one.value()),
          null,
          2,
        )
      : "";
    source.dispatchEvent(new Event("input", { bubbles: true }));
    isWriting = false;
  };
  /** @param {Variable} variable */
  const append = (variable) => {
    const one = row(variable, () => {
      rows = rows.filter((other) => other !== one);
      one.fields.remove();
      write();
      add.focus();
    });
    rows.push(one);
    add.before(one.fields);
    return one;
  };
  /** @param {Variable[]} variables */
  const show = (variables) => {
    for (const one of rows) one.fields.remove();
    rows = [];
    variables.forEach(append);
  };

  add.addEventListener("click", () => append({ name: "", type: "text" }).name.focus());
  list.addEventListener("input", write);
  source.addEventListener("input", () => {
    const now = isWriting ? null : read(source.value); // what the browser kept is put back
    if (now) show(now);
  });
  list.append(add);
  source.hidden = true;
  source.before(list);
  show(first);
}

const source = document.querySelector("#id_variables");
if (source instanceof HTMLTextAreaElement) edit(source);

export {}; // a module: its names are its own
