/**
 * Whether a message is to become pictures, and which: a button beside the field of the message, where some model makes them. What may be
 * wished is loaded with its first press.
 *
 * @typedef {import("page").PictureOffer} PictureOffer
 * @typedef {import("protocol").Wish} Wish
 */
export class PictureWishes {
  #offers;
  #handlers;
  #button = document.querySelector("#draw");
  /** @type {import("pictures/form").WishForm | null} what is wished, while it is on */
  #form = null;
  /** @type {Wish | null} */
  #last = null;

  /** @param {PictureOffer[]} offers @param {{onchange: () => void, onproblem: (detail: string) => void}} handlers */
  constructor(offers, handlers) {
    this.#offers = offers;
    this.#handlers = handlers;
    this.#button?.addEventListener("click", () => (this.#form ? this.close() : this.open()));
  }

  /** null: the message is to be answered. @returns {Wish | null} */
  get wish() {
    return this.#form?.wish ?? null;
  }

  /** The assistant that answers now lets pictures be made, or not. @param {boolean} allowed */
  allow(allowed) {
    if (!(this.#button instanceof HTMLElement)) return;
    this.#button.hidden = !allowed;
    if (!allowed && this.#form) this.close();
  }

  /** The next message is to become pictures. @param {string} [mask] the id of the image that says which part of a picture is to be changed */
  open(mask = "") {
    if (!this.#offers.length) return;
    if (mask && !this.#offers.some(({ masks }) => masks)) return this.#handlers.onproblem("The models here change only whole pictures.");
    if (this.#form) return void (this.#form.mask = mask);
    import("pictures/form")
      .then(async ({ WishForm, loaded }) => {
        await loaded();
        this.#form ??= new WishForm(this.#offers, this.#last);
        this.#form.mask = mask;
        this.#show();
      })
      .catch(() => this.#handlers.onproblem("The server can’t be reached just now. Try again when it is back."));
  }

  /** The next message is to be answered. */
  close() {
    this.#last = this.wish;
    this.#form?.element.remove();
    this.#form = null;
    this.#show();
  }

  /** It was sent. */
  done() {
    if (this.#form) this.close();
    return true;
  }

  #show() {
    this.#button?.setAttribute("aria-pressed", String(Boolean(this.#form)));
    this.#handlers.onchange();
  }
}
