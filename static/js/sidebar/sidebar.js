import { find, localStore } from "dom";

/** Whether the sidebar is seen: a wide page shows or hides it, from now on, and a narrow one opens it as a drawer. */
export class Sidebar {
  #narrow = matchMedia("(width <= 50rem)");
  /** @type {import("sidebar/drawer").Drawer | undefined} */
  #drawer;

  constructor() {
    find(".top .menu").addEventListener("click", () => (this.#narrow.matches ? void this.#openDrawer() : this.#fold(false)));
    find(".sidebar .fold").addEventListener("click", () => this.#fold(true));
    document.addEventListener("keydown", (event) => {
      if (!event.shiftKey || !(event.ctrlKey || event.metaKey) || event.code !== "KeyS" || this.#narrow.matches) return;
      event.preventDefault();
      this.#fold(document.documentElement.dataset.sidebar !== "folded");
    });
    if (this.#narrow.matches) void import("sidebar/drawer").catch(() => {}); // to have it at hand
  }

  closeDrawer() {
    this.#drawer?.close();
  }

  async #openDrawer() {
    const { Drawer } = await import("sidebar/drawer");
    this.#drawer ??= new Drawer();
    this.#drawer.open();
  }

  /** @param {boolean} folded */
  #fold(folded) {
    const { activeElement } = document;
    if (folded) localStore.set("sidebar", "folded");
    else localStore.remove("sidebar");
    document.documentElement.dataset.sidebar = folded ? "folded" : "";
    if (activeElement?.closest(".sidebar, .top .menu")) find(folded ? ".top .menu" : ".sidebar .fold").focus();
  }
}
