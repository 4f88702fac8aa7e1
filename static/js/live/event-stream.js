import { LOST, TOO_MANY } from "live/close-codes";
import { PostedCommands } from "live/posted-commands";

/**
 * Stands in for a WebSocket, with the same surface: frames come as Server-Sent Events, commands are posted.
 *
 * What a stream watches is in its address. To watch something else, a second one is opened, and the first is let go of once the second
 * hears everything: nothing is missed between them. What both bring is told twice, as frames may be.
 */

const PONG = '{"type":"pong","id":null}';
const CONNECTING = 0; // as a WebSocket's states; the browser may have none
const OPEN = 1;
const CLOSED = 3;
const RETRY_MS = 5_000;
const OVERLAP_MS = 1_000; // what was said before the second one began may arrive after its welcome
const HIDDEN_MS = 5_000; // a browser has six connections to a site over HTTP/1.1, and each tab's stream takes one

export class EventStream {
  /** @type {number} */
  readyState = CONNECTING;
  /** @type {(() => void) | null} */
  onopen = null;
  /** @type {((event: {data: string}) => void) | null} */
  onmessage = null;
  /** @type {((event: {code: number}) => void) | null} */
  onclose = null;
  /** @type {EventSource | null} */
  #source = null;
  /** @type {EventSource | null} the one that is to take its place */
  #opening = null;
  /** @type {Set<string>} */
  #watched = new Set();
  /** The last welcome; empty where frames may have been missed since. */
  #ready = "";
  /** @type {PostedCommands | null} */
  #commands = null;
  /** @type {string[]} what was streamed while a command is under way, whose answer comes before what the command causes */
  #held = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #hiding;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;

  /** @param {URL} site its address */
  constructor(site) {
    this.site = site;
    document.addEventListener("visibilitychange", this.#seen);
    this.#listen();
  }

  /** @param {string} text */
  send(text) {
    /** @type {import("protocol").Command} */
    const command = JSON.parse(text);
    if (command.type === "watch") this.#watch(command.conversation);
    else if (command.type === "unwatch") this.#watched.delete(command.conversation);
    else if (command.type === "ping") this.#check();
    else void this.#commands?.add(text);
  }

  close() {
    this.readyState = CLOSED;
    document.removeEventListener("visibilitychange", this.#seen);
    clearTimeout(this.#hiding);
    this.#commands?.close();
    this.#release();
  }

  /** @param {string} conversation */
  #watch(conversation) {
    this.#watched.add(conversation);
    this.#listen();
  }

  /** A stream that can be opened is the proof that the line is alive. */
  #check() {
    if (this.#source || this.#opening || document.visibilityState === "visible") this.#listen();
    else this.#pass(PONG);
  }

  #seen = () => {
    clearTimeout(this.#hiding);
    if (document.visibilityState === "hidden") this.#hiding = setTimeout(() => this.#release(), HIDDEN_MS);
  };

  #release() {
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#opening?.close();
    this.#source = this.#opening = null;
    this.#ready = "";
  }

  #listen() {
    if (this.readyState === CLOSED) return;
    clearTimeout(this.#retry);
    this.#opening?.close();
    const query = [...this.#watched].map((conversation) => `watch=${conversation}`).join("&");
    const source = (this.#opening = new EventSource(new URL(`events/?${query}`, this.site)));
    source.onmessage = ({ data }) => this.#received(source, data);
    source.onerror = () => this.#ended(source, LOST); // before the browser tries again by itself
    source.addEventListener("close", ({ data }) => this.#ended(source, Number(data)));
  }

  /** @param {EventSource} source @param {string} data */
  #received(source, data) {
    if (source !== this.#opening) return this.#pass(data);
    this.#opening = null; // the first frame is its welcome
    const before = this.#source;
    setTimeout(() => before?.close(), OVERLAP_MS);
    this.#source = source;
    const again = data === this.#ready;
    this.#ready = data;
    this.#seen();
    if (this.readyState === CONNECTING) {
      this.readyState = OPEN;
      this.#commands = new PostedCommands(new URL(`commands/?user=${JSON.parse(data).user}`, this.site), {
        onanswer: (frame) => this.#answered(frame),
        onidle: () => this.#held.splice(0).forEach((waiting) => this.#pass(waiting)),
        onfailed: (code) => this.#fail(code),
      });
      this.onopen?.();
    }
    this.#pass(again ? PONG : data);
  }

  /** @param {string} data */
  #pass(data) {
    if (this.#commands?.areUnderWay && data !== PONG) this.#held.push(data);
    else this.onmessage?.({ data });
  }

  /** @param {string} data a frame */
  #answered(data) {
    this.onmessage?.({ data });
    /** @type {import("protocol").Frame} */
    const frame = JSON.parse(data);
    if (frame.type === "accepted" && !this.#watched.has(frame.conversation)) this.#watch(frame.conversation);
    if (frame.type === "error" && frame.code === "draining") this.#fail(LOST); // this stream's process may have no reason to end it
  }

  /** @param {EventSource} source @param {number} code */
  #ended(source, code) {
    source.close();
    if (source === this.#source && this.#opening && code === LOST) {
      this.#source = null; // the next one will tell
      this.#ready = "";
    } else if (source === this.#opening && this.#source && code === TOO_MANY) {
      this.#opening = null; // the present one lasts meanwhile
      this.#retry = setTimeout(() => this.#listen(), RETRY_MS * (1 + Math.random()));
      this.#pass(PONG); // the server did answer
    } else if (source === this.#source || source === this.#opening) this.#fail(code);
  }

  /** @param {number} code */
  #fail(code) {
    if (this.readyState === CLOSED) return;
    this.close();
    this.onclose?.({ code });
  }
}
