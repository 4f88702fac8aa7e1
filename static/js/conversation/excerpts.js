import { RequestFailed } from "requests/http";
import { before, latest, showSibling } from "requests/messages";

const MISSED_MESSAGES = 40; // so many may have come meanwhile without what was read above being let go

/**
 * What is fetched of the open conversation: what was missed, older messages, other branches.
 *
 * @typedef {import("conversation/state").ConversationState} State
 * @typedef {import("page").Excerpt} Excerpt
 * @typedef {{
 *   onchange: () => Promise<void>, answered: (conversation: string, asked: Promise<Excerpt>) => Promise<Excerpt>, onbranch: () => void, onolder: () => void,
 *   ongone: (conversation: string) => void, onproblem: (detail: string, code?: string) => void,
 * }} ExcerptHandlers  `answered`: takes notice of the entry; `onbranch`: another branch is about to be shown; `onolder`: messages came in above.
 */
export class Excerpts {
  #catchingUp = false;
  #catchUpAgain = false;
  #fetchingOlder = false;
  #turns = 0; // to other branches

  /**
   * @param {() => State} open the open conversation
   * @param {(conversation: string) => void} watch asks for a snapshot of what is running
   * @param {ExcerptHandlers} handlers
   */
  constructor(open, watch, handlers) {
    this.open = open;
    this.watch = watch;
    this.handlers = handlers;
  }

  /** Learn what was missed: after a reconnect, or when a frame doesn't fit. */
  async catchUp() {
    if (!this.open().id) return;
    this.#catchUpAgain = true;
    if (this.#catchingUp) return; // what is being fetched may be older than what this call is about: once more, then
    this.#catchingUp = true;
    while (this.#catchUpAgain) {
      this.#catchUpAgain = false;
      await this.#fetch(async (state, conversation) => {
        const turns = this.#turns;
        const missed = await this.handlers.answered(conversation, latest(conversation, { count: MISSED_MESSAGES, shown: state.known }));
        if (turns === this.#turns) state.replace(missed);
        else this.#catchUpAgain = true; // that is of the branch that was shown before
      }, this.handlers.ongone);
    }
    this.#catchingUp = false;
    const { id } = this.open();
    if (id) this.watch(id);
  }

  async older() {
    const state = this.open();
    const first = state.path[0];
    if (!state.id || !state.older || !first || this.#fetchingOlder) return;
    this.#fetchingOlder = true;
    try {
      const excerpt = await before(state.id, first.id);
      if (state !== this.open()) return;
      state.prepend(excerpt);
      this.handlers.onolder();
    } catch {
      // The next scroll asks again.
    } finally {
      this.#fetchingOlder = false;
    }
  }

  /** @param {string} sibling @returns {Promise<boolean>} whether it is shown */
  async showSibling(sibling) {
    return this.#fetch(async (state, conversation) => {
      const excerpt = await showSibling(conversation, sibling);
      if (state === this.open()) this.turn(state, excerpt);
    });
  }

  /** Another branch is shown from now on. @param {State} state @param {Excerpt} excerpt */
  turn(state, excerpt) {
    this.#turns++;
    this.handlers.onbranch();
    state.replace(excerpt);
    if (state.id && state.running) this.watch(state.id); // what is saved of a running reply is a little old
  }

  /**
   * @param {(state: State, conversation: string) => Promise<void>} fetching
   * @param {(conversation: string) => void} [onmissing]
   * @returns {Promise<boolean>} whether it is shown
   */
  async #fetch(fetching, onmissing = () => void this.catchUp()) {
    const state = this.open();
    if (!state.id) return false;
    try {
      await fetching(state, state.id);
      if (state !== this.open()) return false;
      await this.handlers.onchange();
      return true;
    } catch (error) {
      if (state !== this.open() || !(error instanceof RequestFailed)) return false;
      if (error.status === 404) onmissing(state.id);
      else if (error.status) this.handlers.onproblem(error.message);
      return false;
    }
  }
}
