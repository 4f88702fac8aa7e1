import { LazyPane } from "messages/lazy-pane";
import { UNREACHABLE } from "requests/http";

const UNREACHABLE_NOW = "The server can’t be reached just now. Try again when it is back.";

/** What shows the messages, and what is done with them. @param {import("parts").Parts} parts @returns {{pane: LazyPane}} */
export function messageParts(parts) {
  const { attachments, composer, outbox, page, say } = parts;
  const putBack = (/** @type {string} */ text, /** @type {string[] | undefined} */ files) => composer.restore(text, files);
  const pane = new LazyPane({
    older: () => void parts.excerpts.older(),
    edit: (message, text) => parts.commands.edit(message, text),
    regenerate: (message) => parts.commands.regenerate(message),
    continue: (message) => parts.commands.continue(message),
    busy: () => say("Another answer is still being written. Wait for it or stop it, then try again.", "busy"),
    unreachable: (detail) => say(detail, UNREACHABLE),
    putBack,
    tooLong: (text) => outbox.tooLong(text),
    showSibling: (sibling) => parts.excerpts.showSibling(sibling),
    branchSize: (of, message) => parts.changes.branchSize(of, message),
    removeBranch: (of, message) => parts.changes.removeBranch(of, message),
    speaks: () => page.speaks && !parts.options.isOff("read_aloud"),
    print: () => void parts.conversation.print(),
    giveFeedback: (message, feedback) => parts.changes.giveFeedback(message, feedback),
    changePicture: (part, how) => void change(parts, part, how),
    queue: {
      user: page.user.id,
      files: attachments,
      send({ id: queued, text, files = [], prompt = null, variables = null, picture = null }) {
        parts.commands.send(text, prompt, { queued, variables, picture, files: attachments.records.parts(files) });
        attachments.records.remove(files);
      },
      stop: () => parts.commands.stop(),
      putBack,
      focus: () => composer.takeFocus(),
    },
  });
  return { pane };
}

/** The next message is to change a picture. @param {import("parts").Parts} parts @param {import("page").Part} part @param {string} how the action */
async function change({ attachments, composer, wishes, say }, part, how) {
  /** @type {string | undefined} */
  let mask = "";
  if (how === "paint-picture") {
    try {
      mask = await (await import("pictures/painting")).paint(part);
    } catch {
      return say(UNREACHABLE_NOW);
    }
  }
  if (mask === undefined) return composer.takeFocus();
  composer.restore(how === "vary-picture" ? "Make a variation of this picture." : "", attachments.records.adopt([part]));
  wishes.open(mask);
}
