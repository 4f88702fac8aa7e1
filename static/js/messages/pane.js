import { find } from "dom";
import { pressed } from "messages/buttons";
import { copyWithTex } from "messages/excerpt";
import { MessageList } from "messages/list";
import { QueuedMessages } from "messages/queued";
import { RequestFailed } from "requests/http";
import { addPrintStylesheets } from "stylesheet";

/**
 * Puts the messages on the page, and hears of clicks and keys there.
 *
 * @typedef {import("conversation/state").ConversationState} State
 * @typedef {import("page").Message} Message
 * @typedef {{
 *   older: () => void, edit: (message: Message, text: string) => void, putBack: (text: string, files?: string[]) => void,
 *   tooLong: (text: string) => string,
 *   regenerate: (message: Message) => void, continue: (message: Message) => void, busy: () => void,
 *   showSibling: (sibling: string) => Promise<boolean>, branchSize: (state: State, message: string) => Promise<number | null>,
 *   removeBranch: (state: State, message: string) => Promise<string | null>, print: () => void,
 *   changePicture: (part: import("page").Part, how: string) => void, speaks: () => boolean,
 *   giveFeedback: import("messages/feedback").Give, queue: import("messages/queued").QueueActions,
 *   unreachable: (detail: string) => void,
 * }} MessageActions  `putBack`: to where messages are written; `print`: all of the conversation; `busy`: what was clicked has to wait for the
 *   answer that is being written; `speaks`: whether a model reads aloud.
 */

/** @param {MessageActions} actions */
export function openPane(actions) {
  const list = new MessageList(() => actions.older());
  const queued = new QueuedMessages(actions.queue, () => list.refresh());
  list.drawBelow = () => queued.draw();
  find(".main > .scroll").append(list.element, queued.element, list.scroll.room.element);
  list.scroll.watch(queued.element);
  list.element.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    const note = target.closest('a[href^="#note-"]');
    if (note instanceof HTMLAnchorElement) return showNote(note, event);
    const button = /** @type {HTMLElement | null} */ (target.closest("button[data-action]"));
    const id = /** @type {HTMLElement | null} */ (target.closest("[data-message]"))?.dataset.message;
    const message = id && list.state?.find(id);
    if (button && message)
      pressed(actions, list, message, button).catch((error) => {
        if (!(error instanceof RequestFailed)) throw error;
        actions.unreachable(error.message);
      });
  });
  list.element.addEventListener("copy", copyWithTex);
  addPrintStylesheets();
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.key.toLowerCase() !== "p") return;
    if (!list.state?.older && list.complete) return; // the browser prints what is there
    event.preventDefault();
    actions.print();
  });
  list.element.addEventListener("keydown", (event) => {
    const turn = /** @type {Element} */ (event.target).closest(".turn");
    const action = { ArrowLeft: "previous", ArrowRight: "next" }[event.key];
    if (!turn || !action || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    find(`[data-action="${action}"]`, turn).click();
  });
  return { list, queued };
}

/** @param {HTMLAnchorElement} link @param {MouseEvent} event */
function showNote(link, event) {
  event.preventDefault(); // a jump of the browser's own would make a new place in the history
  const note = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  note?.scrollIntoView({ block: "nearest" });
  note?.focus();
}
