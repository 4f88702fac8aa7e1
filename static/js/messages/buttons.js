import { isCalled, isFile, isSaid } from "conversation/message";
import { find } from "dom";
import { copyFrom } from "messages/clipboard";
import { htmlOf } from "messages/excerpt";
import { referenceOf } from "messages/notice";
import { areTheAnswer } from "messages/thoughts";
import { loaded } from "requests/http";

/**
 * What the buttons at messages do, and those within their texts.
 *
 * @typedef {import("page").Message} Message
 * @typedef {import("messages/list").MessageList} MessageList
 * @typedef {import("messages/pane").MessageActions} MessageActions
 */

/** The user has pressed one of them. Fails as a request does where what it needs can't be loaded. @param {MessageActions} actions @param {MessageList} list @param {Message} message @param {HTMLElement} button */
export async function pressed(actions, list, message, button) {
  switch (button.dataset.action) {
    case "copy": {
      const conversation = list.state?.id;
      const done = await copyFrom(button, { text: textOf(message), html: shownOf(message, button) });
      if (done && conversation && message.role !== "user")
        import("messages/copied").then(({ note }) => note(conversation, message.id)).catch(() => {}); // it is copied all the same
      return;
    }
    case "copy-code":
      return copyFrom(button, { text: button.closest(".code")?.querySelector("code")?.textContent ?? "" });
    case "wrap-code":
      return wrapCode(button);
    case "copy-reference":
      return copyFrom(button, { text: referenceOf(message) });
    case "enlarge":
      return (await loaded(import("messages/enlarged"))).enlarge(message.parts, button.dataset.file ?? "");
    case "change-picture":
    case "paint-picture":
    case "vary-picture": {
      const part = message.parts.find(({ file }) => file === button.dataset.file);
      return part && actions.changePicture(part, button.dataset.action);
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
        button.dataset.sibling &&
        (await loaded(import("messages/branches"))).switchTo(actions, list, button.dataset.sibling, button.dataset.action)
      );
    case "thumb-up":
    case "thumb-down": {
      const article = button.closest("article");
      const { press } = await loaded(import("messages/feedback"));
      return article && press(actions.giveFeedback, message, button.dataset.action === "thumb-up" ? "up" : "down", article);
    }
    case "read-aloud": {
      const article = button.closest("article");
      const { toggle } = await loaded(import("speech/reader"));
      const { conversation } = message;
      return article && toggle(article, actions.speaks() && conversation ? { conversation, message: message.id } : null);
    }
    case "delete":
      return (await loaded(import("messages/branches"))).deleteConfirmed(actions, list, message, button);
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
    .filter((part) => (thoughts ? !isCalled(part) : isSaid(part)))
    .map((part) => part.text ?? "")
    .join("");
}

/** @param {MessageActions} actions @param {MessageList} list @param {Message} message */
async function edit(actions, list, message) {
  const view = list.view(message.id);
  const { state } = list;
  if (!view || view.element.classList.contains("edited")) return;
  const { editInPlace } = await loaded(import("messages/editing"));
  const text = await editInPlace(view.element, textOf(message), actions.tooLong, message.parts.some(isFile));
  if (text === null)
    view.element.querySelector('[data-action="edit"]') instanceof HTMLElement && find('[data-action="edit"]', view.element).focus();
  else if (state !== list.state) return;
  else if (state?.find(message.id)) actions.edit(message, text);
  else actions.putBack(text); // the message went away under the editor
}
