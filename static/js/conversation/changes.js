import { RequestFailed, UNREACHABLE } from "requests/http";
import { branchSize, giveFeedback, removeBranch } from "requests/messages";

/**
 * What the user changes about messages of the open conversation, by requests: feedback, and branches that are deleted.
 *
 * @typedef {import("conversation/state").ConversationState} State
 * @typedef {{onchange: () => Promise<void>, onproblem: (detail: string, code?: string) => void}} ChangeHandlers
 */
export class Changes {
  #excerpts;

  /** @param {import("conversation/excerpts").Excerpts} excerpts @param {ChangeHandlers} handlers */
  constructor(excerpts, handlers) {
    this.#excerpts = excerpts;
    this.handlers = handlers;
  }

  /** @param {State} state @param {string} message @returns {Promise<number | null>} how many messages go with it, and itself; null: that failed, and was told */
  async branchSize(state, message) {
    return this.#told(async (conversation) => (await branchSize(conversation, message)).messages, state);
  }

  /** Delete a message and all below it. @param {State} state @param {string} message @returns {Promise<string | null>} what is shown in its place */
  async removeBranch(state, message) {
    state.removing = message;
    try {
      return await this.#told(async (conversation) => {
        const excerpt = await removeBranch(conversation, message);
        if (state !== this.#excerpts.open()) return null;
        this.#excerpts.turn(state, excerpt);
        await this.handlers.onchange();
        return excerpt.neighbour;
      }, state);
    } finally {
      state.removing = null;
    }
  }

  /**
   * The page shows it at once, and what was there before if it can't be saved.
   *
   * @param {import("page").Message} message
   * @param {import("protocol").Feedback | null} feedback
   * @returns {Promise<boolean>} whether it is saved
   */
  async giveFeedback(message, feedback) {
    const former = message.feedback ?? null;
    message.feedback = feedback;
    void this.handlers.onchange();
    const saved = await this.#told((conversation) => giveFeedback(conversation, message.id, feedback), this.#excerpts.open());
    if (saved) return true;
    message.feedback = former;
    void this.handlers.onchange();
    return false;
  }

  /** @template Result @param {(conversation: string) => Promise<Result | null>} request @param {State} state */
  async #told(request, state) {
    if (!state.id) return null;
    try {
      return await request(state.id);
    } catch (error) {
      if (!(error instanceof RequestFailed)) throw error;
      this.handlers.onproblem(error.message, error.status ? "" : UNREACHABLE);
      if (error.status === 404) void this.#excerpts.catchUp();
      return null;
    }
  }
}
