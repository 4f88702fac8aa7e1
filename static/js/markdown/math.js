import { whenIdle } from "markdown/idle-queue";

/** Formulas, set by KaTeX; it comes with the first one. */

/** @type {Promise<typeof import("katex")> | undefined} */
let loading;

function load() {
  if (!document.querySelector("link[data-katex]")) {
    const address = /** @type {HTMLElement | null} */ (document.querySelector("[data-katex-css]"))?.dataset.katexCss;
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: address });
    link.dataset.katex = "";
    document.head.append(link);
  }
  return import("katex");
}

/** @param {HTMLElement[]} placeholders each holds its formula as text */
export async function renderMath(placeholders) {
  const { default: katex } = await (loading ??= load());
  for (const placeholder of placeholders) whenIdle(() => render(katex, placeholder));
}

/** @param {typeof import("katex").default} katex @param {HTMLElement} placeholder */
function render(katex, placeholder) {
  const tex = placeholder.dataset.tex ?? "";
  const displayMode =
    placeholder.dataset.math === "block" || /^\\begin\{(?:align|alignat|equation|gather|multline|eqnarray|CD)\*?\}/.test(tex);
  placeholder.className = displayMode ? "formula block" : "formula";
  try {
    katex.render(tex, placeholder, { displayMode, trust: false, strict: "ignore", maxExpand: 500, maxSize: 20 });
  } catch {
    placeholder.textContent = tex; // KaTeX's own way to show a mistake needs a style attribute
    placeholder.classList.add("broken");
  }
}
