import { Refused } from "widget/server";

/**
 * The visitor's conversation: what is asked, and each answer's text exactly once, however often the connection goes.
 *
 * @typedef {import("widget/server").Message} Message
 * @typedef {import("widget/server").Event} Event
 * @typedef {import("widget/store").Unsent} Unsent
 * @typedef {import("widget/pictures").Picture} Picture
 * @typedef {{
 *   showed(messages: Message[]): void,
 *   asked(text: string, pictures: number, canvases: HTMLCanvasElement[]): void,
 *   began(again: boolean): void,
 *   wrote(text: string, pictures: Picture[]): void,
 *   ended(message: Message): void,
 *   waiting(isWaiting: boolean): void,
 *   refused(error: Refused): void,
 * }} Watcher
 */

const PAUSES = [500, 1000, 2000, 4000, 8000, 15000];

export class Conversation {
  #server;
  #store;
  #watcher;
  /** @type {string | null} */
  id = null;
  /** @type {string | null} the answer that is being written, or was last */
  #reply = null;
  #text = "";
  /** @type {Picture[]} */
  #pictures = [];
  #end = 0;
  /** Settled once the server has named the answer that it was asked for. @type {Promise<void>} */
  #named = Promise.resolve();
  #name = () => {};
  /** Whether the answer may still be written: then it is followed, and not asked for again. */
  #isUnended = false;

  /** @param {import("widget/server").Server} server @param {import("widget/store").Store} store @param {Watcher} watcher */
  constructor(server, store, watcher) {
    this.#server = server;
    this.#store = store;
    this.#watcher = watcher;
  }

  /** Show what there is, and take up what is not complete: an answer that is being written, a message that may not have arrived. */
  async open() {
    let unsent = this.#store.unsent;
    if (!this.#store.isFresh || unsent) {
      const { conversation, messages } = await this.#server.conversation();
      if (unsent && messages.some(({ request }) => request === unsent?.id)) {
        this.#store.unsent = unsent = null;
        this.#store.isFresh = false;
      }
      const shown = this.#store.isFresh ? [] : messages;
      this.id = this.#store.isFresh ? null : conversation;
      this.#watcher.showed(shown);
      const last = shown.at(-1);
      if (last?.role === "assistant") this.#reply = last.id;
      if (last && ["pending", "streaming"].includes(last.status)) {
        this.#isUnended = true;
        this.#watcher.began(true);
        await this.#run(() => this.#server.follow(last.id));
      }
    }
    if (unsent) await this.#deliver(unsent);
  }

  /** @param {string} text @param {import("widget/pictures").Sent} [pictures] */
  async send(text, { urls, canvases } = { urls: [], canvases: [] }) {
    const message = { id: crypto.randomUUID(), text, pictures: urls, conversation: this.#store.isFresh ? null : this.id };
    this.#store.unsent = message;
    await this.#deliver(message, canvases);
  }

  /** The last message, which was refused, or the last answer. */
  async again() {
    const unsent = this.#store.unsent;
    const reply = this.#reply;
    const id = crypto.randomUUID();
    const isUnended = this.#isUnended;
    this.#watcher.began(true);
    if (unsent) await this.#ask(() => this.#server.send(unsent));
    else if (reply && isUnended) await this.#run(() => this.#server.follow(reply));
    else if (reply) await this.#ask(() => this.#server.regenerate(reply, id));
  }

  /** Whether the last message has not arrived. */
  get isUnsent() {
    return this.#store.unsent !== null;
  }

  async stop() {
    await this.#named;
    if (this.#reply) await this.#server.stop(this.#reply);
  }

  /** The next message begins a conversation of its own. */
  restart() {
    this.#store.isFresh = true;
    this.#store.unsent = null;
    this.id = this.#reply = null;
    this.#watcher.showed([]);
  }

  /** @param {Unsent} message @param {HTMLCanvasElement[]} [canvases] */
  async #deliver(message, canvases = []) {
    this.#watcher.asked(message.text, message.pictures?.length ?? 0, canvases);
    this.#watcher.began(false);
    await this.#ask(() => this.#server.send(message));
  }

  /** For an answer that has no name yet. @param {() => AsyncGenerator<Event>} begin may be done again */
  async #ask(begin) {
    this.#named = new Promise((resolve) => (this.#name = resolve));
    await this.#run(begin).finally(() => this.#name());
  }

  /** Until the answer has ended, over as many streams as that takes. @param {() => AsyncGenerator<Event>} begin may be done again */
  async #run(begin) {
    this.#text = "";
    this.#pictures = [];
    this.#end = 0;
    /** @type {string | null} */
    let reply = null;
    try {
      for (let failures = 0; ; failures += 1) {
        try {
          for await (const event of reply ? this.#server.follow(reply) : begin()) {
            failures = 0;
            this.#watcher.waiting(false);
            this.#isUnended = event.type !== "finished";
            if (event.type === "accepted") reply = this.#accepted(event);
            else if (event.type === "finished") return this.#watcher.ended(event.message);
            else if (!this.#apply(event)) break;
          }
        } catch (error) {
          if (error instanceof Refused && error.status < 500) return this.#watcher.refused(error);
        }
        if (failures) {
          this.#watcher.waiting(true);
          await new Promise((resolve) => setTimeout(resolve, PAUSES[Math.min(failures, PAUSES.length) - 1]));
        }
      }
    } finally {
      this.#watcher.waiting(false);
    }
  }

  /** @param {Event & {type: "accepted"}} event */
  #accepted({ conversation, reply }) {
    this.#store.unsent = null;
    this.#store.isFresh = false;
    this.id = conversation;
    this.#reply = reply;
    this.#name();
    return reply;
  }

  /** False where something was missed: what is asked again tells all. @param {Event} event */
  #apply(event) {
    if (event.type !== "snapshot" && event.type !== "delta") return true;
    if (event.type === "delta" && event.end <= this.#end) return true;
    if (event.type === "delta" && event.offset !== this.#end) return false;
    this.#text = event.type === "delta" ? this.#text + event.text : event.text;
    this.#end = event.end;
    if (event.type === "snapshot") this.#pictures = event.pictures ?? [];
    this.#watcher.wrote(this.#text, this.#pictures);
    return true;
  }
}
