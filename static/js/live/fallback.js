import { find, tabStore } from "dom";
import { LOST } from "live/close-codes";
import { EventStream } from "live/event-stream";
import { blockedAt, noteBlocked, noteUnblocked, webSocket } from "live/websockets";

/** The way past a proxy that blocks WebSockets. They are tried again later: no page takes this way for good. */

const CLOSED_KEY = "slower-closed";
const AGAIN_MS = 10 * 60_000;
const PATIENCE_MS = 10_000;

export class Fallback {
  #notice = find("#slower");
  #isUsed = false;
  /** @type {WebSocket | null} */
  #probe = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {string} url the socket's @param {(socket: WebSocket, first: string) => void} onsocket WebSockets work again: an open one, and its first frame */
  constructor(url, onsocket) {
    this.url = url;
    this.onsocket = onsocket;
    find("button", this.#notice).addEventListener("click", () => tabStore.set(CLOSED_KEY, "yes"));
    addEventListener("online", () => this.#try()); // perhaps in another network
  }

  open() {
    this.#isUsed = true;
    const stream = new EventStream(new URL("..", this.url.replace(/^ws/, "http")));
    stream.onopen = () => {
      if (Date.now() - blockedAt() < AGAIN_MS) this.#stay();
      else this.#try();
    };
    return stream;
  }

  /** The page has a WebSocket again. */
  leave() {
    this.#isUsed = false;
    clearTimeout(this.#timer);
    noteUnblocked();
    this.#notice.hidden = true;
  }

  #stay() {
    this.#notice.hidden = tabStore.get(CLOSED_KEY) !== null;
    this.#tryLater();
  }

  #tryLater() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#try(), AGAIN_MS);
  }

  /** Is it a proxy at all, and does it still block them? The stream works; it is, if a WebSocket doesn't. */
  #try() {
    if (this.#probe || !this.#isUsed) return;
    const socket = (this.#probe = webSocket(this.url));
    if (!socket) return this.#blocked();
    const patience = setTimeout(() => socket.close(), PATIENCE_MS);
    const over = () => {
      clearTimeout(patience);
      this.#probe = null;
    };
    socket.onmessage = ({ data }) => {
      over();
      if (!this.#isUsed) return socket.close();
      this.onsocket(socket, data);
    };
    socket.onclose = ({ code }) => {
      over();
      if (!this.#isUsed) return;
      if (code !== LOST) return this.#tryLater(); // the server's own word: it got through
      this.#blocked();
    };
  }

  #blocked() {
    noteBlocked();
    this.#stay();
  }
}
