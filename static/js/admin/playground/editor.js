/**
 * Hears what the prompt's editor shows in another tab: see admin/editor-channel.js.
 *
 * @param {string} prompt
 * @param {(wording: Pick<import("admin/playground/state").Wording, "text" | "model" | "parameters">) => void} typed
 */
export function followEditor(prompt, typed) {
  if (typeof BroadcastChannel === "undefined") return;
  const channel = new BroadcastChannel(`prompt-editor:${prompt}`);
  channel.addEventListener("message", ({ data }) => data.wording && typed(data.wording));
  channel.postMessage({ asks: true });
}
