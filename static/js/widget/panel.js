import { Composer } from "widget/composer";
import { Conversation } from "widget/conversation";
import { make } from "widget/elements";
import { Head } from "widget/head";
import { Log } from "widget/log";
import { inTime } from "widget/words";

/**
 * What is seen of a conversation: its messages, what is wrong, and the field for the next one. It watches the conversation.
 *
 * @typedef {import("widget/server").Message} Message
 * @typedef {import("widget/server").Refused} Refused
 */

export class Panel {
  #words;
  #language;
  #settings;
  #conversation;
  #head;
  #log;
  #status = make("p", { class: "hidden", role: "status" });
  #problem = make("p", { class: "problem", role: "alert" });
  /** @type {import("widget/message").MessageView | null} the last answer */
  #answer = null;
  /** @type {import("widget/message").MessageView | null} the last message */
  #question = null;
  #isRefused = false;

  /**
   * @param {import("widget/widget").Settings} settings
   * @param {ReturnType<typeof import("widget/words").wordsOf>} spoken
   * @param {import("widget/server").Server} server
   * @param {import("widget/store").Store} store
   * @param {(() => void) | null} close null: it is always there
   */
  constructor(settings, { words, language }, server, store, close) {
    this.#settings = settings;
    this.#words = words;
    this.#language = language;
    this.#conversation = new Conversation(server, store, this);
    this.#log = new Log(words, server.origin, {
      again: () => this.#do(this.#conversation.again()),
      judge: (message, thumb) => this.#do(server.judge(message, thumb)),
    });
    this.composer = new Composer(words, settings, {
      send: (text, pictures) => this.#do(this.#conversation.send(text, pictures)),
      stop: () => this.#do(this.#conversation.stop()),
    });
    const actions = { restart: () => this.#restart(), goOn: () => this.#goOn(server), close };
    this.#head = new Head(settings, words, actions);
    this.parts = [this.#head.element, this.#log.element, this.#problem, this.composer.element, this.#status];
    this.showed([]);
  }

  /** Show what there is of the conversation. */
  open() {
    this.#do(this.#conversation.open());
  }

  /** @param {Message[]} messages */
  showed(messages) {
    this.#log.element.replaceChildren();
    this.#problem.textContent = "";
    this.#question = this.#answer = null;
    const { greeting, starters } = this.#settings;
    if (greeting) this.#log.add("assistant", greeting);
    for (const message of messages) {
      this.#answer?.pass();
      const view = this.#log.add(message.role, message.text);
      view.show(message.pictures ?? []);
      if (message.role === "assistant") {
        view.end(message);
        this.#answer = view;
      }
    }
    if (!messages.length) this.#log.offer(starters, (text) => this.composer.send(text));
    this.#head.show(messages.length > 0);
    this.#log.toEnd();
  }

  /** @param {string} text @param {number} pictures that go with it @param {HTMLCanvasElement[]} canvases of those, where they are here */
  asked(text, pictures, canvases) {
    this.#log.withdraw();
    if (this.#isRefused) this.#giveUp();
    const untold = pictures && !canvases.length ? `${pictures} × ${this.#words.picture}` : "";
    this.#question = this.#log.add("user", text || untold);
    this.#question.draws(canvases);
    this.#answer?.pass();
    this.#answer = null;
    this.#head.show(true);
  }

  /** @param {boolean} again in place of the last answer */
  began(again) {
    this.#problem.textContent = "";
    this.#isRefused = false;
    if (!again || !this.#answer) this.#answer = this.#log.add("assistant", "");
    this.#answer.run(true);
    this.#status.textContent = this.#words.answering;
    this.#busy(true);
    this.#log.toEnd();
  }

  /** @param {string} text @param {import("widget/pictures").Picture[]} pictures */
  wrote(text, pictures) {
    this.#log.following(() => {
      this.#answer?.write(text);
      this.#answer?.show(pictures);
    });
  }

  /** @param {Message} message */
  ended(message) {
    this.#log.following(() => this.#answer?.end(message));
    this.#status.textContent = message.text;
    this.#busy(false);
  }

  /** @param {boolean} isWaiting */
  waiting(isWaiting) {
    if (isWaiting) this.#problem.textContent = this.#words.waiting;
    else if (this.#problem.textContent === this.#words.waiting) this.#problem.textContent = "";
  }

  /** @param {Refused | Error} error */
  refused(error) {
    const { limit, later, long, unknown, off, failed, again } = this.#words;
    const { status = 0, seconds = 0 } = /** @type {Partial<Refused>} */ (error);
    /** @type {Record<number, string>} */
    const sentences = { 401: unknown, 403: off, 404: off, 413: long, 429: limit };
    const when = status === 429 && seconds ? ` ${later} ${inTime(seconds, this.#language)}.` : "";
    const retry = make("button", { type: "button", class: "again" }, again);
    retry.addEventListener("click", () => (this.#answer ? this.#do(this.#conversation.again()) : this.open()));
    this.#problem.replaceChildren(`${sentences[status] ?? failed}${when} `, retry);
    this.#answer?.run(false);
    this.#isRefused = this.#conversation.isUnsent;
    this.#status.textContent = "";
    this.#busy(false);
  }

  /** Another message is sent in place of the refused one. */
  #giveUp() {
    this.#question?.tell(this.#words.unsent);
    this.#answer?.element.remove();
    this.#answer = null;
  }

  /** In a new tab, which has to be opened at once: later it would be blocked. @param {import("widget/server").Server} server */
  #goOn(server) {
    const { id } = this.#conversation;
    const tab = id && window.open("about:blank");
    if (!tab) return;
    tab.opener = null;
    const going = server.handover(id).then((url) => tab.location.replace(url));
    this.#do(going.catch((error) => (tab.close(), Promise.reject(error))));
  }

  #restart() {
    this.#conversation.restart();
    this.composer.field.focus();
  }

  /** @param {Promise<unknown>} doing */
  #do(doing) {
    doing.catch((error) => this.refused(error));
  }

  /** @param {boolean} busy */
  #busy(busy) {
    this.composer.busy(busy);
    this.#head.busy(busy);
  }
}
