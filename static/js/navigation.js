import { RequestFailed, UNREACHABLE } from "requests/http";
import { latest } from "requests/messages";
import { root } from "dom";

/**
 * Which conversation the page's address names, and the ways to another one.
 *
 * @typedef {{
 *   current: () => string | null, onleave: () => void, ontarget: (id: string | null) => void, onproblem: (detail: string, code: string) => void,
 *   answered: (id: string, asked: Promise<import("page").Excerpt>) => Promise<import("page").Excerpt>,
 *   open: (id: string | null, excerpt: import("page").Excerpt | undefined, focused: Element | null) => Promise<void>,
 * }} NavigationHandlers  `current`: the one that is shown; `ontarget`: which one will be, or is again; `answered`: takes notice of the entry;
 *   `focused`: what had the focus when it was asked for.
 */
export class Navigation {
  #fetching = new AbortController();

  /** @param {NavigationHandlers} handlers */
  constructor(handlers) {
    this.handlers = handlers;
    addEventListener("popstate", () => void this.to(location.pathname.slice(root.length).match(/^c\/([^/]+)\//)?.[1] ?? null, true));
    addEventListener("keydown", (event) => {
      if (event.shiftKey && (event.ctrlKey || event.metaKey) && event.code === "KeyO") {
        event.preventDefault();
        void this.to(null);
      }
    });
    document.addEventListener("click", (event) => {
      const link = /** @type {Element} */ (event.target).closest("a[data-new]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      void this.to(null);
    });
  }

  /** @param {string | null} id null: a new chat @param {boolean} [back] whether the browser's history has moved already */
  async to(id, back = false) {
    const { current, onleave, ontarget, onproblem, answered, open } = this.handlers;
    this.#fetching.abort();
    this.#fetching = new AbortController();
    onleave();
    if (id === current() && id) return;
    const focused = document.activeElement; // where the user goes while it is fetched is where the focus stays
    ontarget(id);
    try {
      const excerpt = id ? await answered(id, latest(id, { signal: this.#fetching.signal })) : undefined;
      if (!back) this.#push(id);
      await open(id, excerpt, focused);
    } catch (error) {
      if (!(error instanceof RequestFailed)) return;
      ontarget(current());
      if (error.status)
        location.assign(`${root}c/${id}/`); // the server knows how to say what is wrong
      else onproblem(error.message, UNREACHABLE);
    }
  }

  /** The conversation that is shown has got its id. @param {string} id */
  created(id) {
    this.#push(id);
    this.handlers.ontarget(id);
  }

  /** @param {string | null} id */
  #push(id) {
    history.pushState(null, "", id ? `${root}c/${id}/` : root);
  }
}
