import { enlarge } from "messages/enlarged";

/** The page of one's own pictures: a click enlarges one in place of its address being opened. */

const pictures = document.querySelector("#pictures");
const parts = /** @type {import("page").Part[]} */ (JSON.parse(pictures?.textContent ?? "[]"));

for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".gallery .image"))) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a tab of its own
    event.preventDefault();
    void enlarge(parts, link.dataset.file ?? "");
  });
}
