import { announce, element, icon, iconButton, localStore } from "dom";
import { BrowserVoice } from "speech/browser-voice";
import { mark } from "speech/mark";
import { ProviderVoice } from "speech/provider-voice";

/**
 * Reads an answer aloud, one at a time, with what is read marked: by a model’s voice where there is one, else by the browser’s own.
 *
 * @typedef {{onmark: (range: Range | null) => void, onwait: () => void, onend: () => void, onfail: (words: string) => void}} VoiceHandlers
 *   `onmark`: what is read from now on; `onwait`: nothing is there to be read yet
 */

const SPEEDS = [1, 1.25, 1.5, 2, 0.75];
const SPEED_KEY = "reading-speed";

/** @type {Reader | null} */
let current = null;

/** Read this answer, or stop where it is read already. @param {HTMLElement} article @param {import("speech/passages").Answer | null} answer null: no model reads it */
export function toggle(article, answer) {
  const stopped = current;
  current?.stop();
  if (stopped?.article !== article) current = new Reader(article, answer);
}

class Reader {
  #paused = false;
  #speed = SPEEDS.find((one) => String(one) === localStore.get(SPEED_KEY)) ?? 1;
  #words = element("span", { role: "status" });
  #pause = iconButton("pause", "Pause");
  #faster = element("button", { type: "button", class: "button speed", title: "Speed" });
  #stop = iconButton("square", "Stop reading");
  #other = element("button", { type: "button", class: "button", hidden: true }, "Use the browser’s voice");
  #bar = element(
    "div",
    { class: "reading-aloud", role: "group", "aria-label": "Reading aloud" },
    this.#pause,
    this.#faster,
    this.#stop,
    this.#words,
    this.#other,
  );
  /** @type {Range | null} */
  #marked = null;
  /** @type {VoiceHandlers} */
  #handlers = {
    onmark: (range) => this.#mark(range),
    onwait: () => this.#say("Preparing …"),
    onend: () => {
      announce("Read to the end.");
      this.stop(this.#bar.contains(document.activeElement));
    },
    onfail: (words) => {
      this.#hold();
      this.#say(words);
      this.#other.hidden = this.#voice instanceof BrowserVoice || !("speechSynthesis" in window);
    },
  };
  /** @type {ProviderVoice | BrowserVoice} */
  #voice;

  /** @param {HTMLElement} article @param {import("speech/passages").Answer | null} answer */
  constructor(article, answer) {
    this.article = article;
    this.#voice = answer ? new ProviderVoice(answer, article, this.#handlers) : new BrowserVoice(article, this.#handlers, null);
    this.#pause.addEventListener("click", () => (this.#paused ? this.#goOn() : this.#hold()));
    this.#stop.addEventListener("click", () => this.stop(true));
    this.#faster.addEventListener("click", () => this.#nextSpeed());
    this.#other.addEventListener("click", () => this.#useBrowsersVoice());
    article.addEventListener("removed", this.#gone);
    addEventListener("pagehide", this.#gone);
    article.append(this.#bar);
    article.classList.add("open"); // its buttons stay in sight
    this.#showSpeed();
    this.#bar.scrollIntoView({ block: "nearest" });
    this.#voice.speak();
  }

  #gone = () => this.stop();

  /** @param {boolean} [byUser] whether the focus was on what goes */
  stop(byUser = false) {
    this.#voice.end();
    this.#mark(null);
    this.article.removeEventListener("removed", this.#gone);
    removeEventListener("pagehide", this.#gone);
    this.#bar.remove();
    if (!this.article.querySelector(".feedback")) this.article.classList.remove("open");
    if (current === this) current = null;
    if (byUser)
      /** @type {HTMLElement | null} */ (this.article.querySelector('[data-action="read-aloud"]'))?.focus({ preventScroll: true });
  }

  #hold() {
    this.#paused = true;
    this.#voice.silence();
    mark(null);
    this.#label("play", "Resume");
    this.#say("Paused");
  }

  #goOn() {
    this.#paused = false;
    this.#other.hidden = true;
    this.#label("pause", "Pause");
    this.#voice.speak();
  }

  #useBrowsersVoice() {
    this.#voice.end();
    this.#voice = new BrowserVoice(this.article, this.#handlers, this.#marked);
    this.#voice.setRate(this.#speed);
    this.#goOn();
    this.#pause.focus({ preventScroll: true });
  }

  /** @param {Range | null} range */
  #mark(range) {
    mark(range);
    this.#marked = range ?? this.#marked;
    this.#say("Reading aloud");
  }

  /** @param {string} words */
  #say(words) {
    if (this.#words.textContent !== words) this.#words.textContent = words;
  }

  #nextSpeed() {
    this.#speed = SPEEDS[(SPEEDS.indexOf(this.#speed) + 1) % SPEEDS.length] ?? 1;
    localStore.set(SPEED_KEY, String(this.#speed));
    this.#showSpeed();
  }

  #showSpeed() {
    this.#voice.setRate(this.#speed);
    this.#faster.textContent = `${this.#speed}×`;
    this.#faster.setAttribute("aria-label", `Speed ${this.#speed}`);
  }

  /** @param {string} name @param {string} label */
  #label(name, label) {
    this.#pause.replaceChildren(icon(name));
    this.#pause.title = label;
    this.#pause.setAttribute("aria-label", label);
  }
}
