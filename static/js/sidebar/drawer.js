import { find } from "dom";
import { isComposing } from "enter-key";

/** The sidebar of a narrow page: it slides over the conversation and holds the focus while it is open. */
export class Drawer {
  #sidebar = find(".sidebar");
  #main = find(".main");
  #button = find(".top .menu");
  #veil = find(".veil");

  constructor() {
    this.#veil.addEventListener("click", () => this.close());
    find(".close", this.#sidebar).addEventListener("click", () => this.close());
    document.addEventListener("keydown", (event) => event.key === "Escape" && !isComposing(event) && this.close());
    matchMedia("(width > 50rem)").addEventListener("change", () => this.close());
  }

  open() {
    this.#set(true);
    find("a, button", this.#sidebar).focus();
  }

  close() {
    if (this.#sidebar.dataset.open === undefined) return;
    this.#set(false);
    this.#button.focus();
  }

  /** @param {boolean} open */
  #set(open) {
    if (open) this.#sidebar.dataset.open = "";
    else delete this.#sidebar.dataset.open;
    this.#veil.hidden = !open;
    this.#main.inert = open;
    this.#button.setAttribute("aria-expanded", String(open));
  }
}
