import { find } from "dom";
import { isFile } from "conversation/message";
import { copyFrom } from "messages/clipboard";
import { copyWithTex, htmlOf } from "messages/excerpt";
import { MessageList } from "messages/list";
import { referenceOf } from "messages/notice";
import { QueuedMessages } from "messages/queued";
import { areTheAnswer } from "messages/thoughts";
import { addPrintStylesheets } from "stylesheet";

/**
 * Puts the messages on the page and turns clicks on them into what they mean.
 *
 * @typedef {import("conversation/state").ConversationState} State
 * @typedef {import("page").Message} Message
 * @typedef {{
 *   older: () => void, edit: (message: Message, text: string) => void, putBack: (text: string, files?: string[]) => void,
 *   tooLong: (text: string) => string,
 *   regenerate: (message: Message) => void, continue: (message: Message) => void, busy: () => void,
 *   showSibling: (sibling: string) => Promise<boolean>, branchSize: (state: State, message: string) => Promise<number | null>,
 *   removeBranch: (state: State, message: string) => Promise<string | null>, print: () => void,
 *   changePicture: (part: import("page").Part) => void, speaks: boolean,
 *   giveFeedback: import("messages/feedback").Give, queue: import("messages/queued").QueueActions,
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
    if (button && message) void act(actions, list, message, button);
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

/** @param {MessageActions} actions @param {MessageList} list @param {Message} message @param {HTMLElement} button */
async function act(actions, list, message, button) {
  switch (button.dataset.action) {
    case "copy": {
      const conversation = list.state?.id;
      const done = await copyFrom(button, { text: textOf(message), html: shownOf(message, button) });
      return done && conversation && message.role !== "user" && (await import("messages/copied")).note(conversation, message.id);
    }
    case "copy-code":
      return copyFrom(button, { text: button.closest(".code")?.querySelector("code")?.textContent ?? "" });
    case "wrap-code":
      return wrapCode(button);
    case "copy-reference":
      return copyFrom(button, { text: referenceOf(message) });
    case "enlarge":
      return (await import("messages/enlarged")).enlarge(message.parts, button.dataset.file ?? "");
    case "change-picture": {
      const part = message.parts.find(({ file }) => file === button.dataset.file);
      return part && actions.changePicture(part);
    }
    case "edit":
      return edit(actions, list, message);
    case "regenerate":
      return list.state?.running ? actions.busy() : actions.regenerate(message);
    case "continue":
      return list.state?.running ? actions.busy() : actions.continue(message);
    case "previous":
    case "next":
      return (
        button.dataset.sibling && (await import("messages/branches")).switchTo(actions, list, button.dataset.sibling, button.dataset.action)
      );
    case "thumb-up":
    case "thumb-down": {
      const article = button.closest("article");
      const { press } = await import("messages/feedback");
      return article && press(actions.giveFeedback, message, button.dataset.action === "thumb-up" ? "up" : "down", article);
    }
    case "read-aloud": {
      const article = button.closest("article");
      const { toggle } = await import("speech/reader");
      const { conversation } = message;
      return article && toggle(article, actions.speaks && conversation ? { conversation, message: message.id } : null);
    }
    case "delete":
      return (await import("messages/branches")).deleteConfirmed(actions, list, message, button);
  }
}

/** Long lines of a block of code are wrapped, or can be scrolled sideways again. @param {HTMLElement} button */
function wrapCode(button) {
  const wrapped = button.closest(".code")?.classList.toggle("wrapped");
  button.setAttribute("aria-pressed", String(wrapped));
}

/** An answer as it is shown; what the user wrote is text only. @param {Message} message @param {Element} button */
function shownOf(message, button) {
  const article = button.closest("article");
  return article && message.role !== "user" ? htmlOf(article) : undefined;
}

/** The message as Markdown, without the thoughts unless they are all there is. @param {Message} message */
function textOf(message) {
  const thoughts = areTheAnswer(message);
  return message.parts
    .filter((part) => thoughts || part.type !== "reasoning")
    .map((part) => part.text ?? "")
    .join("");
}

/** @param {MessageActions} actions @param {MessageList} list @param {Message} message */
async function edit(actions, list, message) {
  const view = list.view(message.id);
  const { state } = list;
  if (!view || view.element.classList.contains("edited")) return;
  const { editInPlace } = await import("messages/editing");
  const text = await editInPlace(view.element, textOf(message), actions.tooLong, message.parts.some(isFile));
  if (text === null)
    view.element.querySelector('[data-action="edit"]') instanceof HTMLElement && find('[data-action="edit"]', view.element).focus();
  else if (state !== list.state) return;
  else if (state?.find(message.id)) actions.edit(message, text);
  else actions.putBack(text); // the message went away under the editor
}

/** @param {HTMLAnchorElement} link @param {MouseEvent} event */
function showNote(link, event) {
  event.preventDefault(); // a jump of the browser's own would make a new place in the history
  const note = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  note?.scrollIntoView({ block: "nearest" });
  note?.focus();
}
