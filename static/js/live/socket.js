/**
 * The page's one WebSocket: it comes back by itself, soon at first and more patiently later.
 *
 * @typedef {{name: "connecting"} | {name: "ready"} | {name: "waiting", until: number} | {name: "refused", code: number}} SocketState
 */

const FIRST_WAIT = 400;
const LONGEST_WAIT = 30_000;
const READY_WITHIN = 10_000;
const ANSWER_WITHIN = 15_000;
const REFUSALS = new Set([4401, 4403]);

export class Socket {
  /** @type {WebSocket | null} */
  #socket = null;
  #attempt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #patience;
  /** @type {SocketState} */
  state = { name: "connecting" };

  /**
   * @param {string} url
   * @param {{onframe: (frame: import("page").Frame) => void, onstate: (state: SocketState) => void}} handlers
   */
  constructor(url, { onframe, onstate }) {
    this.url = url;
    this.onframe = onframe;
    this.onstate = onstate;
    addEventListener("online", () => this.now());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.now());
    addEventListener("pageshow", (event) => event.persisted && this.now());
  }

  get ready() {
    return this.state.name === "ready";
  }

  /** Try at once instead of waiting for the next attempt. */
  now() {
    if (this.state.name === "waiting") this.open();
  }

  open() {
    clearTimeout(this.#timer);
    this.#change({ name: "connecting" });
    const socket = (this.#socket = new WebSocket(this.url));
    this.#patience = setTimeout(() => this.#drop(socket), READY_WITHIN);
    socket.onmessage = (event) => this.#receive(socket, event.data);
    socket.onclose = (event) => this.#closed(socket, event.code);
  }

  /** Send now, or say that it can't be. @param {import("page").Frame} frame */
  send(frame) {
    if (!this.ready || this.#socket?.readyState !== WebSocket.OPEN) return false;
    const socket = this.#socket;
    socket.send(JSON.stringify(frame));
    // A connection can die without a word. A command that nothing answers is how we notice.
    this.#patience ??= setTimeout(() => this.#drop(socket), ANSWER_WITHIN);
    return true;
  }

  /** @param {WebSocket} socket @param {string} data */
  #receive(socket, data) {
    if (socket !== this.#socket) return;
    clearTimeout(this.#patience);
    this.#patience = undefined;
    const frame = JSON.parse(data);
    if (frame.type === "ready") {
      this.#attempt = 0;
      this.#change({ name: "ready" });
    }
    this.onframe(frame);
  }

  /** @param {WebSocket} socket */
  #drop(socket) {
    socket.close();
    this.#closed(socket, 1006); // the close event of a dead connection can take minutes
  }

  /** @param {WebSocket} socket @param {number} code */
  #closed(socket, code) {
    if (socket !== this.#socket) return;
    clearTimeout(this.#patience);
    this.#patience = undefined;
    this.#socket = null;
    // A session that ended under an open socket may have been renewed, as by a changed password: one attempt will tell.
    const renewed = code === 4401 && this.ready;
    if (REFUSALS.has(code) && !renewed) return this.#change({ name: "refused", code });
    const ceiling = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#attempt++);
    const least = code === 4408 ? 0 : code === 4429 ? 5_000 : ceiling / 2;
    const wait = code === 4408 ? 0 : least + (Math.random() * ceiling) / 2;
    this.#timer = setTimeout(() => this.open(), wait);
    this.#change({ name: "waiting", until: Date.now() + wait });
  }

  /** @param {SocketState} state */
  #change(state) {
    this.state = state;
    this.onstate(state);
  }
}
