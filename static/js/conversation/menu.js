import { openMenu } from "menu";

/**
 * What can be done with the open conversation as a whole.
 *
 * @param {HTMLElement} button @param {{print: () => void}} actions
 */
export function openConversationMenu(button, { print }) {
  openMenu(button, "More for this conversation", [{ label: "Print or save as PDF", icon: "printer", action: print }]);
}
