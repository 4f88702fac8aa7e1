import { Attachments } from "attachments/attachments";
import { Composer } from "composer/composer";
import { Drafts } from "composer/drafts";
import { Options } from "composer/options";
import { listenToDictation } from "dictation/button";
import { PictureWishes } from "pictures/wishes";

/** What a message is written with. @param {import("parts").Parts} parts @returns {import("parts").WritingParts} */
export function writingParts(parts) {
  const { page, entries, say } = parts;
  const drafts = new Drafts(page.user.id);
  const attachments = new Attachments(page, drafts, {
    onchange: () => composer.filesChanged(),
    onproblem: say,
    focus: () => composer.takeFocus(),
    blindness: () => (wishes.wish && !options.isOff("images") ? "" : options.blindness),
    isOff: () => options.isOff("files"),
  });
  const composer = new Composer(drafts, attachments, {
    tooLong: (text) => parts.outbox.tooLong(text),
    room: (text) => parts.outbox.room(text),
    onsend: (text, files) => parts.conversation.send(text, files, wishes.wish) && wishes.done(),
    onstop: () => parts.commands.stop(),
    oninput: () => void parts.pane.load().catch(() => {}), // offline; the next one asks again
  });
  const current = () => ({ conversation: parts.conversation.state, entry: entries.get(parts.conversation.state.id) });
  const options = new Options(page, current, {
    onpick: () => composer.takeFocus(),
    onchoice() {
      wishes.allow(!options.isOff("pictures"));
      attachments.allow(!options.isOff("files"));
      dictate(!options.isOff("dictation"));
      if (talking)
        talking.hidden = !((page.talks && !options.isOff("speech_to_speech")) || (page.dictation && !options.isOff("dictation")));
      composer.filesChanged();
    },
    onstart(text) {
      if (parts.conversation.send(text, attachments.keys)) attachments.clear();
    },
    onproblem: say,
  });
  const wishes = new PictureWishes(page.pictures, { onchange: () => composer.takeFocus(), onproblem: say });
  const dictate = listenToDictation(page, composer, { say, prompt: () => options.answering });
  const talking = /** @type {HTMLElement | null} */ (document.querySelector("#talk"));
  talking?.addEventListener("click", () => {
    import("talk/talk").then(({ talk }) => talk(parts)).catch(() => say("The server can’t be reached just now. Talk when it is back."));
  });
  return { drafts, attachments, composer, options, wishes };
}
