import { loadedOrSaid } from "requests/http";

/**
 * The menus and dialogs of the page. Each is loaded when it is first opened.
 *
 * @typedef {import("protocol").Entry} Entry
 * @typedef {object} Actions
 * @property {(id: string | null) => void} open
 * @property {(conversation: string, message: string | null) => void} find  open a conversation at one of its messages
 * @property {() => void} print
 * @property {(detail: string, code?: string) => void} onproblem
 */
export class Menus {
  #entries;
  #list;
  #asks;
  #actions;

  /**
   * @param {import("sidebar/entries").Entries} entries @param {import("sidebar/list").ConversationList} list
   * @param {(entry: Entry) => boolean} asks whether its assistant asks for something @param {Actions} actions
   */
  constructor(entries, list, asks, actions) {
    this.#entries = entries;
    this.#list = list;
    this.#asks = asks;
    this.#actions = actions;
  }

  /** A conversation's, from its row. @param {HTMLElement} button @param {Entry} entry */
  openOfRow(button, entry) {
    const { open, onproblem } = this.#actions;
    const select = (/** @type {string} */ id) =>
      void this.#with(import("sidebar/selection"), ({ selectSeveral }) => selectSeveral(this.#list, id, { open, onproblem }));
    this.#openOf(button, entry, { select });
  }

  /** The open conversation's. @param {HTMLElement} button @param {Entry | undefined} entry */
  openOfConversation(button, entry) {
    if (entry) this.#openOf(button, entry, { print: this.#actions.print });
  }

  /** @param {HTMLElement} button */
  openAccount(button) {
    const archive = () =>
      void this.#with(import("sidebar/archive"), ({ openArchive }) => openArchive(this.#entries, (id) => this.#actions.open(id)));
    void this.#with(import("sidebar/account"), ({ openAccountMenu }) => openAccountMenu(button, { archive }));
  }

  /** What was given for a conversation's variables, to be changed. @param {string} conversation */
  openVariables(conversation) {
    const { onproblem } = this.#actions;
    void this.#with(import("conversation/variables"), ({ openVariables }) =>
      openVariables(conversation).catch((error) => onproblem(error.message)),
    );
  }

  openSearch() {
    void this.#with(import("search/dialog"), ({ openSearch }) => void openSearch(this.#entries, this.#actions.find));
  }

  /** @param {HTMLElement} button @param {Entry} entry @param {{select?: (id: string) => void, print?: () => void}} more */
  #openOf(button, entry, more) {
    const { open, onproblem } = this.#actions;
    const ask = this.#asks(entry) ? { variables: (/** @type {string} */ id) => this.openVariables(id) } : {};
    const actions = { entries: this.#entries, open, onproblem, ...ask, ...more };
    void this.#with(import("conversation/menu"), ({ openConversationMenu }) => openConversationMenu(button, entry, actions));
  }

  /** @template Module @param {Promise<Module>} loading @param {(module: Module) => void} use */
  async #with(loading, use) {
    const module = await loadedOrSaid(loading, this.#actions.onproblem);
    if (module) use(module);
  }
}
