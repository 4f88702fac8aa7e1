import { Changes } from "conversation/changes";
import { Commands } from "conversation/commands";
import { Excerpts } from "conversation/excerpts";
import { OpenConversation } from "conversation/open-conversation";
import { Reception } from "conversation/reception";
import { Unanswered } from "conversation/unanswered";

/** The open conversation: what is asked of the server, fetched and heard. @param {import("parts").Parts} parts @returns {import("parts").ConversationParts} */
export function conversationParts(parts) {
  const { attachments, composer, drafts, entries, options, outbox, problem, say, socket } = parts;
  const unanswered = new Unanswered(socket, outbox, () => conversation.state, {
    onchange: () => void conversation.show(),
    onrefused(text, id, files) {
      const keys = attachments.records.adopt(files);
      if (id === conversation.state.id) return composer.restore(text, keys);
      drafts.keep(id, text);
      drafts.keepFiles(id, keys);
    },
    onproblem: say,
  });
  const commands = new Commands(socket, unanswered, () => conversation.state, {
    onasked(byItself) {
      void conversation.show(!byItself);
      if (!byItself) composer.takeFocus();
    },
    picked: () => options.picked,
  });
  const excerpts = new Excerpts(
    () => conversation.state,
    (id) => commands.watch(id),
    {
      onchange: () => conversation.show(),
      answered: (id, asked) => entries.answered(id, asked),
      onbranch: () => parts.pane.hold(),
      onolder: () => parts.pane.drawAbove(),
      ongone: (id) => void conversation.gone(id),
      onproblem: say,
    },
  );
  const changes = new Changes(excerpts, { onchange: () => conversation.show(), onproblem: say });
  const reception = new Reception(() => conversation.state, commands, unanswered, {
    onchange: () => void conversation.show(),
    ongrowth: (message) => void (parts.pane.grew(message) || conversation.show()),
    oncreated(id) {
      parts.navigation.created(id);
      composer.created(id);
    },
    onmissed: () => void excerpts.catchUp(),
    onproblem: say,
    onaccepted: () => options.accepted(),
  });
  const leave = (/** @type {string | null} */ to) => parts.navigation.to(to);
  const around = { pane: parts.pane, composer, attachments, options, entries, problem };
  const conversation = new OpenConversation({ ...around, commands, unanswered, excerpts, leave, onproblem: say });
  return { commands, unanswered, excerpts, changes, reception, conversation };
}
