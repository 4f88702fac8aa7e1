import { Backoff } from "live/backoff";
import { SIGNED_OUT, WRONG_ADDRESS } from "live/close-codes";
import { newId } from "live/outbox";
import { webSocket } from "live/websockets";
import { root } from "dom";

/**
 * The connection of a talk in speech to speech, as docs/protocol.md has it. It comes back by itself where it is lost.
 *
 * @typedef {{type: string, [name: string]: any}} TalkFrame
 * @typedef {{
 *   about: () => object, onframe: (frame: TalkFrame) => void, onsound: (sound: ArrayBuffer) => void, onlost: () => void,
 *   onend: (code: string, detail: string) => void,
 * }} LineHandlers  `about`: what the talk is about, each time it begins; `onlost`: it is lost and will be tried again; `onend`: for good
 */

const MOST_ATTEMPTS = 8; // in a row that came to nothing
const MOST_WAITING = 256 * 1024; // bytes of sound that a slow network has not taken: what comes then is of no use any more
const UNREACHABLE = "The server can’t be reached just now. Talk again when it is back.";

export class Line {
  /** @type {WebSocket | null} */
  #socket = null;
  #backoff = new Backoff();
  #attempts = 0;
  #isOver = false;
  #isTalking = false;
  /** An answer that its process lost counts as being written for a moment. */
  #hasTalked = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #handlers;

  /** @param {LineHandlers} handlers */
  constructor(handlers) {
    this.#handlers = handlers;
    this.#open();
  }

  /** What the microphone heard. @param {ArrayBuffer} sound */
  send(sound) {
    if (this.#isTalking && this.#socket && this.#socket.bufferedAmount < MOST_WAITING) this.#socket.send(sound);
  }

  /** Of an answer that was interrupted, so much was heard. @param {string} item @param {number} milliseconds */
  played(item, milliseconds) {
    this.#tell({ type: "played", id: newId(), item, milliseconds: Math.round(milliseconds) });
  }

  close() {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #open() {
    this.#attempts += 1;
    this.#isTalking = false;
    const socket = webSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${root}ws/talk/`);
    if (!socket) return this.#end("turns", UNREACHABLE);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => (typeof data === "string" ? this.#take(JSON.parse(data)) : this.#handlers.onsound(data));
    socket.onclose = ({ code }) => this.#closed(code);
    this.#socket = socket;
  }

  /** @param {TalkFrame} frame */
  #take(frame) {
    switch (frame.type) {
      case "ready":
        return this.#tell({ type: "talk", id: newId(), ...this.#handlers.about() });
      case "error":
        if (frame.code === "draining" || (frame.code === "busy" && this.#hasTalked)) return this.#socket?.close();
        return this.#end(frame.code, frame.detail);
      case "ended":
        if (frame.code === "draining") return;
        return this.#end(frame.code, frame.detail);
      case "talking":
        this.#isTalking = this.#hasTalked = true;
        this.#attempts = 0;
        this.#backoff.reset();
    }
    if (!this.#isOver) this.#handlers.onframe(frame);
  }

  /** @param {number} code */
  #closed(code) {
    if (this.#isOver) return;
    if (code === SIGNED_OUT || code === WRONG_ADDRESS || this.#attempts >= MOST_ATTEMPTS) return this.#end("lost", UNREACHABLE);
    this.#isTalking = false;
    this.#timer = setTimeout(() => this.#open(), this.#backoff.next(code));
    this.#handlers.onlost();
  }

  /** @param {string} code @param {string} detail */
  #end(code, detail) {
    if (this.#isOver) return;
    this.close();
    this.#handlers.onend(code, detail);
  }

  /** @param {object} command */
  #tell(command) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(command));
  }
}
