import { isGrowing, isSaid } from "conversation/message";

/**
 * Waits for the answer to what was sent just now, until something of it can be read.
 *
 * @typedef {{conversation: string, message: string, article: HTMLElement}} Begun
 */

const LOOK_MS = 100;
const NO_ANSWER = "There is no answer. The conversation says why.";

/**
 * @param {() => import("conversation/state").ConversationState} open the open conversation
 * @param {string | null} before the last message before it was sent
 * @param {AbortSignal} signal
 * @returns {Promise<Begun | string>} or why there is nothing to be read
 */
export async function answerBegins(open, before, signal) {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    if (signal.aborted) return "";
    const { last } = open();
    if (!last || last.role !== "assistant" || last.id === before || last.local || !last.conversation) continue;
    const article = document.querySelector(`[data-message="${CSS.escape(last.id)}"]`);
    const said = last.parts.some(isSaid);
    if (said && article instanceof HTMLElement) return { conversation: last.conversation, message: last.id, article };
    if (!isGrowing(last) && !said) return NO_ANSWER;
  }
}
