import { csrfToken } from "requests/http";
import { root } from "dom";

/**
 * What became of a recording: its text, or why there is none.
 *
 * @typedef {{text: string} | {detail: string, retry: boolean, byItself: boolean}} Outcome
 *   `retry`: the same recording may be transcribed another time; `byItself`: it may in a moment
 */

export const AWAY = "The server can’t be reached. The recording is kept, and becomes text when the connection is back.";

/** @param {{sound: Blob, type: string, prompt?: string, conversation?: string | null}} recording @param {AbortSignal} signal @returns {Promise<Outcome>} */
export async function textOf({ sound, type, prompt = "", conversation }, signal) {
  let response;
  try {
    response = await fetch(`${root}transcriptions/?${new URLSearchParams({ prompt, conversation: conversation ?? "" })}`, {
      method: "POST",
      body: sound,
      headers: { Accept: "application/json", "Content-Type": type, "X-CSRFToken": csrfToken() },
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw error;
    return { detail: AWAY, retry: true, byItself: true };
  }
  const told = await response.json().catch(() => null);
  if (response.ok && typeof told?.text === "string") return { text: told.text };
  const isAway = !told && response.status >= 500; // of a proxy, while the server starts again
  const detail = told?.detail ?? (isAway ? AWAY : "That didn’t work. Try again in a moment.");
  return { detail, retry: told?.retry ?? true, byItself: told?.by_itself ?? isAway };
}
