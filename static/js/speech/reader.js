import { announce, element, icon, iconButton, localStore } from "dom";
import { languageOf, sentencesOf } from "speech/sentences";

/** Reads an answer aloud by the browser's own voices, one at a time, with the sentence that is read marked. */

const SPEEDS = [1, 1.25, 1.5, 2, 0.75];
const SPEED_KEY = "reading-speed";
const MARK = "read-aloud";
const SILENT_MS = 8_000; // some browsers without a voice neither begin nor fail

/** @type {Reader | null} */
let current = null;

/** Read this answer, or stop where it is read already. @param {HTMLElement} article */
export function toggle(article) {
  const stopped = current;
  current?.stop();
  if (stopped?.article !== article) current = new Reader(article);
}

class Reader {
  #at = 0;
  #paused = false;
  #speed = SPEEDS.find((one) => String(one) === localStore.get(SPEED_KEY)) ?? 1;
  #words = element("span", { role: "status" }, "Reading aloud");
  #pause = iconButton("pause", "Pause");
  #faster = element("button", { type: "button", class: "button speed", title: "Speed" });
  #stop = iconButton("square", "Stop reading");
  #bar = element(
    "div",
    { class: "reading-aloud", role: "group", "aria-label": "Reading aloud" },
    this.#pause,
    this.#faster,
    this.#stop,
    this.#words,
  );
  /** @type {SpeechSynthesisUtterance | null} what is spoken now */
  #spoken = null;
  #silence = 0;

  /** @param {HTMLElement} article */
  constructor(article) {
    this.article = article;
    this.#pause.addEventListener("click", () => (this.#paused ? this.#goOn() : this.#hold()));
    this.#stop.addEventListener("click", () => this.stop(true));
    this.#faster.addEventListener("click", () => this.#nextSpeed());
    article.addEventListener("removed", this.#gone);
    addEventListener("pagehide", this.#gone);
    article.append(this.#bar);
    article.classList.add("open"); // its buttons stay in sight
    this.#showSpeed();
    this.#bar.scrollIntoView({ block: "nearest" });
    this.#speak();
  }

  #gone = () => this.stop();

  /** @param {boolean} [byUser] whether the focus was on what goes */
  stop(byUser = false) {
    this.#silenceNow();
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
    this.#silenceNow();
    this.#label("play", "Resume");
    this.#words.textContent = "Paused";
  }

  #goOn() {
    this.#paused = false;
    this.#label("pause", "Pause");
    this.#words.textContent = "Reading aloud";
    this.#speak();
  }

  /** The answer may have been drawn again meanwhile: where its sentences stand is looked up for each. */
  #speak() {
    const sentence = sentencesOf(this.article)[this.#at];
    if (!sentence) {
      announce("Read to the end.");
      return this.stop(this.#bar.contains(document.activeElement));
    }
    const spoken = new SpeechSynthesisUtterance(sentence.text);
    spoken.lang = languageOf(sentence.text);
    spoken.rate = this.#speed;
    this.#spoken = spoken;
    spoken.addEventListener("start", () => clearTimeout(this.#silence));
    spoken.addEventListener("end", () => {
      if (spoken !== this.#spoken) return; // it was broken off
      this.#at += 1;
      this.#speak();
    });
    spoken.addEventListener("error", () => spoken === this.#spoken && this.#fail());
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#fail(), SILENT_MS);
    CSS.highlights?.set(MARK, new Highlight(sentence.range));
    speechSynthesis.speak(spoken);
  }

  /** Pausing would stop some voices for good: what is read is broken off, and its sentence begins again. */
  #silenceNow() {
    this.#spoken = null;
    clearTimeout(this.#silence);
    speechSynthesis.cancel();
    CSS.highlights?.delete(MARK);
  }

  #fail() {
    this.#hold();
    this.#words.textContent =
      "Your browser can’t read this aloud: it has no voice for it. Install one in the system’s settings for speech.";
  }

  #nextSpeed() {
    this.#speed = SPEEDS[(SPEEDS.indexOf(this.#speed) + 1) % SPEEDS.length] ?? 1;
    localStore.set(SPEED_KEY, String(this.#speed));
    this.#showSpeed();
    if (this.#paused) return;
    this.#silenceNow();
    this.#speak();
  }

  #showSpeed() {
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
