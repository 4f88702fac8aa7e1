import { Attachments } from "attachments/attachments";
import { Composer } from "composer/composer";
import { Drafts } from "composer/drafts";
import { Options } from "composer/options";
import { Commands } from "conversation/commands";
import { Excerpts } from "conversation/excerpts";
import { UNREACHABLE } from "conversation/http";
import { OpenConversation } from "conversation/open-conversation";
import { Reception } from "conversation/reception";
import { find, root } from "dom";
import { ConnectionNotice, whyUnsent } from "live/connection-notice";
import { Outbox } from "live/outbox";
import { Socket } from "live/socket";
import { Menus } from "menus";
import { LazyPane } from "messages/lazy-pane";
import { Navigation } from "navigation";
import { listenToButtons } from "page-buttons";
import { Problem } from "problem";
import { Entries } from "sidebar/entries";
import { ConversationList } from "sidebar/list";
import { Sidebar } from "sidebar/sidebar";

/** The chat page. Every part is made here, and they know of each other only through here. */

const page = /** @type {import("page").Page} */ (JSON.parse(find("#page").textContent ?? ""));
const problem = new Problem();
const sidebar = new Sidebar();
const TOO_BIG = 1009; // the code of a connection that was closed for too long a frame
let version = "";

const entries = new Entries(page);
const drafts = new Drafts(page.user.id);
const attachments = new Attachments(page, drafts, {
  onchange: () => composer.filesChanged(),
  onproblem: say,
  focus: () => composer.takeFocus(),
  blindness: () => options.blindness,
});
const outbox = new Outbox(page.user.id, page.max_message_characters);
const socket = new Socket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${root}ws/`, {
  onframe: receive,
  onstate(connectionState) {
    connection.show(connectionState);
    pane.setUnsent(whyUnsent(connectionState));
    if (connectionState.name === "waiting" && connectionState.code === TOO_BIG) commands.longestRefused();
  },
  needed: () => entries.running,
});
const connection = new ConnectionNotice(
  () => socket.now(),
  () => location.assign(`${root}accounts/login/?next=${encodeURIComponent(location.pathname)}`),
);
const commands = new Commands(socket, outbox, () => conversation.state, {
  onchange: () => void conversation.show(),
  onasked(byItself) {
    void conversation.show(!byItself);
    if (!byItself) composer.takeFocus();
  },
  onrefused(text, id, files) {
    const keys = attachments.records.adopt(files);
    if (id === conversation.state.id) return composer.restore(text, keys);
    drafts.keep(id, text);
    drafts.keepFiles(id, keys);
  },
  onproblem: say,
  picked: () => options.picked,
});
const excerpts = new Excerpts(
  () => conversation.state,
  (id) => commands.watch(id),
  {
    onchange: () => conversation.show(),
    onentry: (entry) => entries.put(entry),
    onbranch: () => pane.hold(),
    onolder: () => pane.drawAbove(),
    ongone: (id) => void conversation.gone(id),
    onproblem: say,
  },
);
const reception = new Reception(() => conversation.state, commands, {
  onchange: () => void conversation.show(),
  ongrowth: (message) => void (pane.grew(message) || conversation.show()),
  oncreated(id) {
    navigation.created(id);
    composer.created(id);
  },
  onmissed: () => void excerpts.catchUp(),
  onproblem: say,
  onaccepted: () => options.accepted(),
});
const pane = new LazyPane({
  older: () => void excerpts.older(),
  edit: (message, text) => commands.edit(message, text),
  regenerate: (message) => commands.regenerate(message),
  continue: (message) => commands.continue(message),
  busy: () => say("Another answer is still being written. Wait for it or stop it, then try again.", "busy"),
  putBack: (text, files) => composer.restore(text, files),
  tooLong: (text) => outbox.tooLong(text),
  showSibling: (sibling) => excerpts.showSibling(sibling),
  branchSize: (of, message) => excerpts.branchSize(of, message),
  removeBranch: (of, message) => excerpts.removeBranch(of, message),
  print: () => void conversation.print(),
  giveFeedback: (message, feedback) => excerpts.giveFeedback(message, feedback),
  queue: {
    user: page.user.id,
    files: attachments,
    send({ id: queued, text, files = [], prompt = null, variables = null }) {
      commands.send(text, prompt, { queued, variables, files: attachments.records.parts(files) });
      attachments.records.remove(files);
    },
    stop: () => commands.stop(),
    putBack: (text, files) => composer.restore(text, files),
    focus: () => composer.takeFocus(),
  },
});
const composer = new Composer(drafts, attachments, {
  tooLong: (text) => outbox.tooLong(text),
  room: (text) => outbox.room(text),
  onsend: (text, files) => conversation.send(text, files),
  onstop: () => commands.stop(),
  oninput: () => void pane.load().catch(() => {}), // offline; the next one asks again
});
const options = new Options(page, () => ({ conversation: conversation.state, entry: entries.get(conversation.state.id) }), {
  onpick: () => composer.takeFocus(),
  onchoice: () => composer.filesChanged(),
  onstart(text) {
    if (conversation.send(text, attachments.keys)) attachments.clear();
  },
  onproblem: say,
});
const navigation = new Navigation({
  current: () => conversation.state.id,
  onleave() {
    problem.hide();
    sidebar.closeDrawer();
  },
  ontarget: (id) => entries.setCurrent(id),
  onproblem: say,
  open(id, excerpt) {
    if (excerpt) entries.put(excerpt.conversation);
    return conversation.open(id, excerpt);
  },
});
const list = new ConversationList(entries, {
  open: (id) => void navigation.to(id),
  menu: (entry, button) => menus.openOfRow(button, entry),
});
const menus = new Menus(entries, list, (entry) => options.promptOf(entry)?.asks ?? false, {
  open: (id) => void navigation.to(id),
  find: (id, message) => void go(id, message),
  print: () => void conversation.print(),
  onproblem: say,
});

const conversation = new OpenConversation({
  pane,
  commands,
  excerpts,
  composer,
  attachments,
  options,
  entries,
  problem,
  leave: (to) => navigation.to(to),
  onproblem: say,
});

/** Tell of something that did not work. @param {string} detail @param {string} [code] why @param {string} [resets] when that is over */
function say(detail, code, resets) {
  problem.say(detail, code, resets);
  if (code === "variables" && conversation.state.id) menus.openVariables(conversation.state.id);
}

/** @param {import("protocol").Warning[]} warnings */
async function warn(warnings) {
  const { warn } = await import("usage/warning");
  warn(warnings, page.user.id);
}

async function listenToKeys() {
  const { listen } = await import("keys");
  listen({ isRunning: () => conversation.state.running, stop: () => commands.stop(), write: () => composer.focus() });
}

function openSearch() {
  sidebar.closeDrawer();
  menus.openSearch();
}

/** Open a conversation at one of its messages. @param {string} id @param {string | null} message */
async function go(id, message) {
  await navigation.to(id);
  if (message && conversation.state.id === id) await conversation.reveal(message);
}

/** @param {import("protocol").Frame} frame */
function receive(frame) {
  switch (frame.type) {
    case "pong":
      return;
    case "ready":
      if (frame.user !== page.user.id) return location.assign(root); // another user has signed in here
      return void connected(frame.version);
    case "conversation":
      if (frame.removed) return void conversation.gone(frame.conversation);
      entries.put(frame);
      if (frame.conversation === conversation.state.id) conversation.showAround();
      return;
    case "finished":
      if (frame.warnings || !find("#budget").hidden) void warn(frame.warnings ?? []).catch(() => {}); // the next answer's end brings it again
  }
  reception.receive(frame);
}

/** The connection is there, or there again, or something may have been missed. @param {string} running the server's version */
async function connected(running) {
  const again = version !== "";
  if (again && version !== running) find("#upgraded").hidden = false;
  version = running;
  problem.over(UNREACHABLE, "unavailable");
  commands.resend();
  if (again || entries.running) void entries.renew().catch(() => {}); // a server that can't be asked takes the socket along
  if (again) await excerpts.catchUp();
  else if (conversation.state.id) commands.watch(conversation.state.id);
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
const named = new URLSearchParams(location.search).get("message"); // what was found by searching, in a tab of its own
void conversation.open(page.conversation?.conversation ?? null, page.conversation ? page : undefined).then(() => {
  if (!named || !page.conversation) return;
  history.replaceState(null, "", location.pathname);
  return go(page.conversation.conversation, named);
});
socket.open();
composer.adopt(early);
if (page.warnings.length) void warn(page.warnings).catch(() => {});
