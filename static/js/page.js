/**
 * The shapes that page and server share; types only, so no browser ever loads this file.
 *
 * @typedef {{conversation: string, title: string, updated: string, pinned: boolean, archived: boolean, running: boolean, prompt: string | null}} Entry
 * @typedef {{type: string, text: string, seconds?: number, pieces?: string[]}} Part  `pieces`: what this page has added to the text.
 * @typedef {"pending" | "streaming" | "complete" | "stopped" | "interrupted" | "failed"} Status
 * @typedef {{input_tokens: number | null, cached_tokens: number | null, output_tokens: number | null, reasoning_tokens: number | null, estimated?: boolean}} Usage
 * @typedef {{kind: string, detail: string, retry_at: string | null}} Failure
 * @typedef {{
 *   id: string, conversation: string | null, parent: string | null, role: "user" | "assistant", status: Status, parts: Part[], end: number,
 *   siblings: string[], model: string, prompt: {name: string, version: number} | null, finish_reason: string, error: Failure | null,
 *   usage: Usage | null, created: string | null, started: string | null, first_token: string | null, finished: string | null,
 *   key?: string, local?: boolean, retrying?: string,
 * }} Message  `key` stays the same for as long as the page shows it; `local` until the server knows of it; `retrying` says why it takes longer.
 * @typedef {{id: string, slug: string, name: string, description: string, starters: string[], is_default: boolean}} Prompt
 * @typedef {{conversation: Entry, messages: Message[], older: boolean}} Excerpt
 * @typedef {{type: string, [field: string]: any}} Frame
 * @typedef {{key: string, level: number, detail: string}} Warning  Of a budget; `level` is a share in per cent, `key` the same until the next one.
 * @typedef {{
 *   user: {id: string | number, name: string, staff: boolean}, embedded: boolean, conversation: Entry | null, messages: Message[], older: boolean,
 *   prompts: Prompt[], prompt: string | null, conversations: Entry[], more: string | null, warnings: Warning[],
 * }} Page
 */

export {};
