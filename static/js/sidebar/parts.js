import { Menus } from "menus";
import { Navigation } from "navigation";
import { ConversationList } from "sidebar/list";

/** The ways to conversations. @param {import("parts").Parts} parts @returns {import("parts").SidebarParts} */
export function sidebarParts(parts) {
  const { conversation, entries, options, problem, say, sidebar } = parts;
  const navigation = new Navigation({
    current: () => conversation.state.id,
    onleave() {
      problem.hide();
      sidebar.closeDrawer();
    },
    ontarget: (id) => entries.setCurrent(id),
    onproblem: say,
    answered: (id, asked) => entries.answered(id, asked),
    open: (id, excerpt, focused) => conversation.open(id, excerpt, focused),
  });
  const open = (/** @type {string | null} */ id) => void navigation.to(id);
  const list = new ConversationList(entries, { open, menu: (entry, button) => menus.openOfRow(button, entry) });
  /** @type {import("parts").SidebarParts["go"]} */
  const go = async (id, message) => {
    await navigation.to(id);
    if (message && conversation.state.id === id) await conversation.reveal(message);
  };
  const menus = new Menus(entries, list, (entry) => options.promptOf(entry)?.asks ?? false, {
    open,
    find: (id, message) => void go(id, message),
    print: () => void conversation.print(),
    onproblem: say,
  });
  return { navigation, list, menus, go };
}
