import { Backoff } from "live/backoff";
import { LOST, SIGNED_OUT, WRONG_ADDRESS } from "live/close-codes";
import { Heartbeat } from "live/heartbeat";
import { newId } from "live/outbox";
import { blockedAt, isWebSocket, webSocket } from "live/websockets";

/**
 * The page's one WebSocket, or what stands in for it: it comes back by itself, soon at first and more patiently later.
 *
 * @typedef {{name: "connecting"} | {name: "ready"} | {name: "waiting", until: number, code: number} | {name: "refused", code: number}} SocketState
 * @typedef {WebSocket | import("live/event-stream").EventStream} Transport
 */

const READY_TIMEOUT_MS = 10_000;
const SLOW_MS = 2_000; // an attempt that takes longer may have begun on a network that is gone
const STEADY_MS = 5_000; // a connection that lasted less long doesn't make the next attempt any sooner
const REFUSALS = new Set([SIGNED_OUT, WRONG_ADDRESS]);
const MAX_FAILURES = 2; // WebSockets in a row that came to nothing, before the other way is tried
const OPEN = 1; // a WebSocket's; the browser may have none

export class Socket {
  /** @type {Transport | null} */
  #socket = null;
  /** @type {import("live/fallback").Fallback | undefined} */
  #fallback;
  #failures = blockedAt() ? MAX_FAILURES : 0;
  #backoff = new Backoff();
  #since = 0;
  #heartbeat;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {SocketState} */
  state = { name: "connecting" };

  /**
   * @param {string} url
   * @param {{onframe: (frame: import("protocol").Frame) => void, onstate: (state: SocketState) => void, needed: () => boolean}} handlers
   *   `needed`: whether something is awaited even while the page is hidden
   */
  constructor(url, { onframe, onstate, needed }) {
    this.url = url;
    this.onframe = onframe;
    this.onstate = onstate;
    this.#heartbeat = new Heartbeat({
      ping: () => this.#transmit({ type: "ping", id: newId() }),
      lost: () => this.#drop(),
      needed: () => document.visibilityState === "visible" || needed(),
    });
    addEventListener("online", () => {
      this.#backoff.reset(); // for an attempt that began before it
      this.now();
    });
    addEventListener("offline", () => this.#socket && this.#drop()); // where the server can be reached all the same, the next attempt will tell
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.now());
    addEventListener("pageshow", (event) => event.persisted && this.now());
  }

  get ready() {
    return this.state.name === "ready";
  }

  /** Try at once instead of waiting for the next attempt; where there is a connection, make sure of it. */
  now() {
    if (this.ready) this.#heartbeat.check();
    else if (this.state.name === "waiting" || (this.state.name === "refused" && this.state.code === SIGNED_OUT))
      this.open(); // the user may have signed in elsewhere
    else if (this.state.name === "connecting" && Date.now() - this.#since > SLOW_MS) this.open();
  }

  open() {
    clearTimeout(this.#timer);
    this.#abandon();
    this.#since = Date.now();
    this.#change({ name: "connecting" });
    this.#timer = setTimeout(() => this.#drop(), READY_TIMEOUT_MS);
    const socket = this.#failures < MAX_FAILURES ? webSocket(this.url) : null;
    if (socket) this.#take(socket);
    else void this.#fallBack();
  }

  async #fallBack() {
    const attempt = this.#timer;
    const loaded = await import("live/fallback").catch(() => null);
    if (attempt !== this.#timer) return;
    if (!loaded) return this.#closed(null, LOST); // there is no network, or no server
    this.#fallback ??= new loaded.Fallback(this.url, (socket, data) => (this.#take(socket), this.#receive(socket, data)));
    this.#take(this.#fallback.open());
  }

  /** @param {Transport} socket */
  #take(socket) {
    this.#abandon();
    this.#socket = socket;
    socket.onmessage = (/** @type {{data: string}} */ { data }) => this.#receive(socket, data);
    socket.onclose = (/** @type {{code: number}} */ { code }) => this.#closed(socket, code);
  }

  /** Send now, or say that it can't be. @param {import("protocol").Command} command */
  send(command) {
    if (!this.ready || !this.#transmit(command)) return false;
    this.#heartbeat.sent();
    return true;
  }

  /** @param {import("protocol").Command} command */
  #transmit(command) {
    if (this.#socket?.readyState !== OPEN) return false;
    this.#socket.send(JSON.stringify(command));
    return true;
  }

  /** @param {Transport} socket @param {string} data */
  #receive(socket, data) {
    if (socket !== this.#socket) return;
    this.#heartbeat.received();
    /** @type {import("protocol").Frame} */
    const frame = JSON.parse(data);
    if (frame.type === "pong") return;
    if (frame.type === "ready") {
      clearTimeout(this.#timer);
      if (isWebSocket(socket)) this.#fallback?.leave();
      this.#since = Date.now();
      this.#change({ name: "ready" });
    }
    this.onframe(frame);
  }

  /** Without waiting for the close event: that of a dead connection can take minutes. */
  #drop() {
    this.#socket?.close();
    this.#closed(this.#socket, LOST);
  }

  #abandon() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  /** @param {Transport | null} socket @param {number} code */
  #closed(socket, code) {
    if (socket !== this.#socket) return;
    clearTimeout(this.#timer);
    this.#heartbeat.stop();
    this.#socket = null;
    if (isWebSocket(socket)) this.#failures = this.ready || code !== LOST ? 0 : this.#failures + 1;
    else this.#failures = this.ready && blockedAt() ? MAX_FAILURES : 0; // else it isn't better this way
    // A session that ended under an open socket may have been renewed, as by a changed password: one attempt will tell.
    const renewed = code === SIGNED_OUT && this.ready;
    if (REFUSALS.has(code) && !renewed) return this.#change({ name: "refused", code });
    if (this.ready && Date.now() - this.#since > STEADY_MS) this.#backoff.reset();
    const wait = this.#backoff.next(code);
    this.#timer = setTimeout(() => this.open(), wait);
    this.#change({ name: "waiting", until: Date.now() + wait, code });
  }

  /** @param {SocketState} state */
  #change(state) {
    this.state = state;
    this.onstate(state);
  }
}
