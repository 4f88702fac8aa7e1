// Shows the starters as the page will: one button a line.
// @ts-check

const MOST = 6;
const LONGEST = 120;

/** @param {HTMLTextAreaElement} source */
function preview(source) {
  const list = document.createElement("div");
  list.className = "starters-preview";
  list.setAttribute("role", "img");
  source.after(list);

  const draw = () => {
    const lines = [...new Set(source.value.split("\n").map((line) => line.trim()))].filter(Boolean);
    list.replaceChildren(
      ...lines.map((line, position) => {
        const starter = document.createElement("span");
        starter.className = "starter";
        const length = Array.from(line).length;
        if (position >= MOST || length > LONGEST) {
          starter.classList.add("too-much");
          starter.title = position >= MOST ? `Only ${MOST} fit` : `${length} of ${LONGEST} characters`;
        }
        starter.textContent = line;
        return starter;
      }),
    );
    list.hidden = lines.length === 0;
    list.setAttribute("aria-label", `Preview of ${lines.length} ${lines.length === 1 ? "starter" : "starters"}`);
  };
  source.addEventListener("input", draw);
  draw();
}

for (const source of document.querySelectorAll("textarea.starters-source")) {
  if (source instanceof HTMLTextAreaElement) preview(source);
}
