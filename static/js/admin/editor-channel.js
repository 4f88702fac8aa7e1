// Tells the playground, open in another tab, what the prompt's editor shows: as it is typed, before it is saved.
// @ts-check

const AFTER_MS = 150;
const NUMBERS = ["temperature", "top_p", "max_output_tokens"];

/** @param {HTMLFormElement} form @param {string} prompt */
function tell(form, prompt) {
  const channel = new BroadcastChannel(`prompt-editor:${prompt}`);
  /** @param {string} name */
  const value = (name) => {
    const field = form.elements.namedItem(name);
    return field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement ? field.value : "";
  };
  const post = () => {
    const entries = [...NUMBERS, "reasoning_effort"].map((name) => [name, value(name).trim()]).filter(([, typed]) => typed);
    const parameters = Object.fromEntries(entries.map(([name, typed]) => [name, NUMBERS.includes(name ?? "") ? Number(typed) : typed]));
    channel.postMessage({ wording: { text: value("text"), model: value("model").trim(), parameters } });
  };
  let timer = 0;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(post, AFTER_MS);
  });
  channel.addEventListener("message", ({ data }) => data.asks && post());
}

const link = document.querySelector("a[data-editor-channel]");
const form = document.getElementById("systemprompt_form");
if (link instanceof HTMLElement && form instanceof HTMLFormElement && typeof BroadcastChannel !== "undefined")
  tell(form, link.dataset.editorChannel ?? "");

export {}; // a module: its names are its own
