import { writingParts } from "composer/parts";
import { conversationParts } from "conversation/parts";
import { find } from "dom";
import { liveParts } from "live/parts";
import { messageParts } from "messages/parts";
import { listenToButtons } from "page-buttons";
import { Problem } from "problem";
import { Entries } from "sidebar/entries";
import { sidebarParts } from "sidebar/parts";
import { Sidebar } from "sidebar/sidebar";

/**
 * The chat page: its parts are put together and begin. Each room's `parts.js` makes some of them and says what they tell others.
 *
 * @typedef {import("parts").Parts} Parts
 */

const page = /** @type {import("page").Page} */ (JSON.parse(find("#page").textContent ?? ""));
const around = { page, problem: new Problem(), sidebar: new Sidebar(), entries: new Entries(page), say, warn };
const parts = /** @type {Parts} */ (/** @type {Partial<Parts>} */ (around)); // filled in below, before any of them does something
for (const make of [writingParts, liveParts, messageParts, conversationParts, sidebarParts]) Object.assign(parts, make(parts));
const { problem, sidebar, entries, composer, options, socket, commands, conversation, menus, go } = parts;

/** @type {Parts["say"]} */
function say(detail, code, resets) {
  problem.say(detail, code, resets);
  if (code === "variables" && conversation.state.id) menus.openVariables(conversation.state.id);
}

/** @type {Parts["warn"]} */
function warn(warnings) {
  void import("usage/warning").then(({ warn }) => warn(warnings, page.user.id)).catch(() => {}); // the next answer's end brings it again
}

async function listenToKeys() {
  const { listen } = await import("keys");
  listen({ isRunning: () => conversation.state.running, stop: () => commands.stop(), write: () => composer.focus() });
}

function openSearch() {
  sidebar.closeDrawer();
  menus.openSearch();
}

listenToButtons({
  more: (button) => menus.openOfConversation(button, entries.get(conversation.state.id)),
  search: openSearch,
  account: (button) => menus.openAccount(button),
  unarchive: () => void conversation.unarchive(),
  latest: () => composer.takeFocus(),
});
for (const type of ["pointerdown", "keydown"]) document.addEventListener(type, () => void listenToKeys().catch(() => {}), { once: true }); // until then the focus is where one writes
addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.code !== "KeyK") return;
  event.preventDefault();
  openSearch();
});
if (/Mac|iP(?:hone|ad)/.test(navigator.platform)) {
  find(".sidebar .new kbd").textContent = "⇧ ⌘ O";
  find(".sidebar .new").setAttribute("aria-keyshortcuts", "Meta+Shift+O");
  find("#search kbd").textContent = "⌘ K";
}
options.load();
const early = composer.text;
entries.setCurrent(page.conversation?.conversation ?? null);
const query = new URLSearchParams(location.search);
const [named, picture] = [query.get("message"), query.get("picture")]; // what was found by searching, in a tab of its own, or is to be changed
void conversation.open(page.conversation?.conversation ?? null, page.conversation ? page : undefined).then(() => {
  if (picture) return import("pictures/named").then(({ changeNamed }) => changeNamed(parts, picture)).catch(() => {}); // it is where it was
  if (!named || !page.conversation) return;
  history.replaceState(null, "", location.pathname);
  return go(page.conversation.conversation, named);
});
socket.open();
composer.adopt(early);
if (page.warnings.length) warn(page.warnings);
