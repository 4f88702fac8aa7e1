/**
 * What the widget asks the server, as docs/widget.md has it.
 *
 * @typedef {import("widget/pictures").Picture} Picture
 * @typedef {{id: string, role: "user" | "assistant", status: string, text: string, end: number, request: string | null, pictures?: Picture[],
 *   error?: string | null, thumb?: "up" | "down" | null}} Message
 * @typedef {{type: "accepted", conversation: string, message: string, reply: string}
 *   | {type: "snapshot", text: string, end: number, pictures?: Picture[]}
 *   | {type: "delta", text: string, offset: number, end: number}
 *   | {type: "retrying", seconds: number}
 *   | {type: "finished", message: Message}} Event
 */

/** For what a click decides: who follows a link right after it must not take it back. */
const OUTLIVES_THE_PAGE = { keepalive: true };

/** What the server refused, and after how many seconds it may be asked again. */
export class Refused extends Error {
  /** @param {number} status @param {string} code @param {number} seconds 0: unknown */
  constructor(status, code, seconds) {
    super(code);
    this.status = status;
    this.seconds = seconds;
  }
}

export class Server {
  #address;
  #credentials;

  /**
   * @param {string} address of the widget
   * @param {(again: boolean) => Promise<string>} credentials of the visitor; `again`: those before were refused
   */
  constructor(address, credentials) {
    this.#address = address;
    this.#credentials = credentials;
  }

  /** Where its pictures are. */
  get origin() {
    return this.#address;
  }

  /** @returns {Promise<{conversation: string | null, messages: Message[]}>} */
  async conversation() {
    return (await this.#ask("GET", "conversation")).json();
  }

  /** @param {import("widget/store").Unsent} message @returns {AsyncGenerator<Event>} */
  async *send(message) {
    yield* events(await this.#ask("POST", "messages", message));
  }

  /** @param {string} reply @returns {AsyncGenerator<Event>} */
  async *follow(reply) {
    yield* events(await this.#ask("GET", `answers/${reply}`));
  }

  /** @param {string} reply @param {string} id of the request @returns {AsyncGenerator<Event>} */
  async *regenerate(reply, id) {
    yield* events(await this.#ask("POST", `answers/${reply}/regenerate`, { id }));
  }

  /** @param {string} reply */
  async stop(reply) {
    await this.#ask("POST", `answers/${reply}/stop`, {}, OUTLIVES_THE_PAGE);
  }

  /** @param {string} reply @param {"up" | "down" | null} thumb */
  async judge(reply, thumb) {
    await this.#ask("POST", `answers/${reply}/feedback`, { thumb }, OUTLIVES_THE_PAGE);
  }

  /** Where the conversation goes on with an account. @param {string} conversation @returns {Promise<string>} */
  async handover(conversation) {
    return (await (await this.#ask("POST", "handover", { conversation })).json()).url;
  }

  /** @param {string} method @param {string} path @param {object} [body] @param {RequestInit} [options] @returns {Promise<Response>} */
  async #ask(method, path, body, options = {}, again = false) {
    /** @type {Record<string, string>} */
    const headers = { Authorization: `Bearer ${await this.#credentials(again)}` };
    if (body) headers["Content-Type"] = "application/json";
    /** @type {RequestInit} */
    const request = { method, headers, mode: "cors", credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer", ...options };
    if (body) request.body = JSON.stringify(body);
    const response = await fetch(`${this.#address}/${path}`, request);
    if (response.ok) return response;
    if (response.status === 401 && !again) return this.#ask(method, path, body, options, true);
    const told = await response.json().catch(() => ({}));
    throw new Refused(response.status, told.error?.code ?? "", Number(response.headers.get("Retry-After")) || 0);
  }
}

/** The events of a stream. It just ends where the connection does. @param {Response} response @returns {AsyncGenerator<Event>} */
async function* events(response) {
  if (!response.body) return;
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + decoder.decode(value, { stream: true })).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) if (block.startsWith("data: ")) yield JSON.parse(block.slice(6));
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
