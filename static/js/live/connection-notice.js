import { find } from "dom";
import { SIGNED_OUT, TOO_MANY } from "live/close-codes";

/**
 * Says honestly how the connection is, once it has been away long enough to matter.
 *
 * @typedef {import("live/socket").Socket} Socket
 */

const SHOWN_AFTER_MS = 900;

/** What is said below a message that can't be sent now; "" where it can. @param {import("live/socket").SocketState} state */
export function whyUnsent(state) {
  if (state.name === "ready") return "";
  if (state.name !== "refused") return "Will be sent when the connection is back";
  return state.code === SIGNED_OUT ? "Kept. Will be sent once you have signed in" : "Not sent: the server doesn’t answer to this address";
}

export class ConnectionNotice {
  #element = find("#connection");
  #text = find("span", this.#element);
  #button = find("button", this.#element);
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #clock;
  #since = 0;

  /** @param {() => void} onnow @param {() => void} onsignin */
  constructor(onnow, onsignin) {
    this.#button.addEventListener("click", () => (this.#button.dataset.action === "sign-in" ? onsignin() : onnow()));
  }

  /** @param {import("live/socket").SocketState} state */
  show(state) {
    clearInterval(this.#clock);
    if (state.name === "ready") {
      this.#since = 0;
      this.#element.hidden = true;
    } else if (state.name === "refused") {
      const signedOut = state.code === SIGNED_OUT;
      this.#say(
        signedOut
          ? "You are signed out. What you typed is kept."
          : "This address is not one the server answers to. Open the site by its own name.",
      );
      this.#button.hidden = !signedOut;
      this.#button.dataset.action = "sign-in";
      this.#button.textContent = "Sign in";
    } else {
      this.#since ||= Date.now();
      this.#tick(state);
      this.#clock = setInterval(() => this.#tick(state), 250);
    }
  }

  /** @param {Extract<import("live/socket").SocketState, {name: "connecting" | "waiting"}>} state */
  #tick(state) {
    if (navigator.onLine && Date.now() - this.#since < SHOWN_AFTER_MS) return;
    const seconds = state.name === "waiting" ? Math.ceil((state.until - Date.now()) / 1000) : 0;
    const crowded = state.name === "waiting" && state.code === TOO_MANY;
    const away = navigator.onLine ? "The connection is lost" : "You are offline";
    const what = crowded ? "Too many pages of this site are open from here" : away;
    this.#say(`${what}; trying again${seconds > 0 ? ` in ${seconds} s.` : "…"} Nothing you typed is lost.`);
    this.#button.hidden = seconds <= 0;
    this.#button.dataset.action = "now";
    this.#button.textContent = "Now";
  }

  /** @param {string} text */
  #say(text) {
    this.#element.hidden = false;
    if (this.#text.textContent !== text) this.#text.textContent = text;
  }
}
