import { Composer } from "composer/composer";
import { Drafts } from "composer/drafts";
import { Options } from "composer/options";
import { Commands } from "conversation/commands";
import { Excerpts } from "conversation/excerpts";
import { UNREACHABLE, change, isDeleting } from "conversation/http";
import { Reception } from "conversation/reception";
import { ConversationState } from "conversation/state";
import { find, root } from "dom";
import { ConnectionNotice, whyUnsent } from "live/connection-notice";
import { Outbox } from "live/outbox";
import { Socket } from "live/socket";
import { Menus } from "menus";
import { LazyPane } from "messages/lazy-pane";
import { Navigation } from "navigation";
import { Problem } from "problem";
import { Entries } from "sidebar/entries";
import { ConversationList } from "sidebar/list";
import { Sidebar } from "sidebar/sidebar";

/** The chat page. Every part is made here, and they know of each other only through here. */

const page = /** @type {import("page").Page} */ (JSON.parse(find("#page").textContent ?? ""));
const site = find("[data-site]").dataset.site ?? "";
const heading = find(".top .title");
const problem = new Problem();
const sidebar = new Sidebar();
const TOO_BIG = 1009; // the code of a connection that was closed for too long a frame
let version = "";
/** The open conversation. */
let state = new ConversationState(null);

const entries = new Entries(page);
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
const commands = new Commands(socket, outbox, () => state, {
  onchange: () => void show(),
  onasked(byItself) {
    void show(!byItself);
    if (!byItself) composer.takeFocus();
  },
  onrefused(text, conversation) {
    if (conversation === state.id) composer.restore(text);
    else drafts.keep(conversation, text);
  },
  onproblem: say,
  picked: () => options.picked,
});
const excerpts = new Excerpts(
  () => state,
  (id) => commands.watch(id),
  {
    onchange: show,
    onentry: (entry) => entries.put(entry),
    onbranch: () => pane.hold(),
    onolder: () => pane.drawAbove(),
    ongone: (id) => void gone(id),
    onproblem: say,
  },
);
const reception = new Reception(() => state, commands, {
  onchange: () => void show(),
  ongrowth: (message) => void (pane.grew(message) || show()),
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
  putBack: (text) => composer.restore(text),
  tooLong: (text) => outbox.tooLong(text),
  showSibling: (sibling) => excerpts.showSibling(sibling),
  branchSize: (of, message) => excerpts.branchSize(of, message),
  removeBranch: (of, message) => excerpts.removeBranch(of, message),
  print: () => void printWhole(),
  giveFeedback: (message, feedback) => excerpts.giveFeedback(message, feedback),
  queue: {
    user: page.user.id,
    send: (text, id) => commands.send(text, null, { queued: id }),
    stop: () => commands.stop(),
    putBack: (text) => composer.restore(text),
    focus: () => composer.takeFocus(),
  },
});
const drafts = new Drafts(page.user.id);
const composer = new Composer(drafts, {
  tooLong: (text) => outbox.tooLong(text),
  room: (text) => outbox.room(text),
  onsend: send,
  onstop: () => commands.stop(),
  oninput: () => void pane.load().catch(() => {}), // offline; the next one asks again
});
const options = new Options(page, () => ({ conversation: state, entry: entries.get(state.id) }), {
  onpick: () => composer.takeFocus(),
  onstart: send,
  onproblem: say,
});
const navigation = new Navigation({
  current: () => state.id,
  onleave() {
    problem.hide();
    sidebar.closeDrawer();
  },
  ontarget: (id) => entries.setCurrent(id),
  onproblem: say,
  open(id, excerpt) {
    if (excerpt) entries.put(excerpt.conversation);
    return open(id, excerpt);
  },
});
const list = new ConversationList(entries, {
  open: (id) => void navigation.to(id),
  menu: (entry, button) => menus.openOfRow(button, entry),
});
const menus = new Menus(entries, list, (entry) => options.promptOf(entry)?.asks ?? false, {
  open: (id) => void navigation.to(id),
  find: (conversation, message) => void go(conversation, message),
  print: () => void printWhole(),
  onproblem: say,
});

/** Tell of something that did not work. @param {string} detail @param {string} [code] why @param {string} [resets] when that is over */
function say(detail, code, resets) {
  problem.say(detail, code, resets);
  if (code === "variables" && state.id) menus.openVariables(state.id);
}

/** @param {import("protocol").Warning[]} warnings */
async function warn(warnings) {
  const { warn } = await import("usage/warning");
  warn(warnings, page.user.id);
}

/** @param {string} text @returns {boolean} whether it was taken */
function send(text) {
  problem.hide();
  if (state.running) return pane.queue(text);
  const given = state.id ? null : options.given;
  if (given === false) return false;
  commands.send(text, options.prompt, { variables: given });
  return true;
}

async function listenToKeys() {
  const { listen } = await import("keys");
  listen({ isRunning: () => state.running, stop: () => commands.stop(), write: () => composer.focus() });
}

function openSearch() {
  sidebar.closeDrawer();
  menus.openSearch();
}

/** Open a conversation at one of its messages, on whichever branch that is. @param {string} conversation @param {string | null} message */
async function go(conversation, message) {
  await navigation.to(conversation);
  if (!message || state.id !== conversation) return;
  if (state.find(message) || (await excerpts.showSibling(message))) await pane.reveal(state, message);
}

async function unarchive() {
  if (!state.id) return;
  try {
    for (const entry of (await change([state.id], { archived: false })).conversations) entries.put(entry);
    showAround();
    composer.focus();
  } catch (error) {
    say(error instanceof Error ? error.message : "");
  }
}

async function printWhole() {
  try {
    await pane.print(state);
  } catch {
    say("Not all of the conversation could be loaded, so it was not printed. Try again in a moment.");
  }
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
      if (frame.removed) return void gone(frame.conversation);
      entries.put(frame);
      if (frame.conversation === state.id) showAround();
      return;
    case "finished":
      if (frame.warnings || !find("#budget").hidden) void warn(frame.warnings ?? []).catch(() => {}); // the next answer's end brings it again
  }
  reception.receive(frame);
}

/** A conversation was deleted, here or elsewhere. @param {string} id */
async function gone(id) {
  const byUser = isDeleting(id);
  entries.remove(id);
  if (id !== state.id) return;
  await navigation.to(null);
  if (!byUser) say("That conversation was deleted.");
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
  else if (state.id) commands.watch(state.id);
}

/** Show what the open conversation is by now. @param {boolean} [asked] whether the user has asked something */
async function show(asked = false) {
  showAround();
  try {
    await pane.show(state, asked);
  } catch {
    say("The server can’t be reached just now. What you wrote is kept, and sent when it is back.", UNREACHABLE);
  }
}

/** What the page says around the messages. */
function showAround() {
  const { id, running } = state;
  const entry = entries.get(id);
  const title = id ? entry?.title || "New chat" : "";
  heading.textContent = title;
  heading.hidden = !title;
  find("#more").hidden = !id;
  find("#archived").hidden = !entry?.archived;
  document.title = title ? `${title} – ${site}` : site;
  composer.setRunning(running);
  if (!running) problem.over("busy");
  options.show();
}

/** @param {string | null} id @param {import("page").Messages} [excerpt] */
async function open(id, excerpt) {
  if (state.id && state.id !== id) commands.unwatch(state.id);
  state = new ConversationState(id, excerpt);
  commands.showUnanswered(state);
  if (id) commands.watch(id);
  showAround();
  const shown = pane.show(state);
  if (!id) options.offer();
  composer.open(id);
  const focused = document.activeElement;
  await shown; // first, for moving the focus makes the browser lay out the page
  const left = document.activeElement === document.body; // what had it has gone with the conversation
  if ((left || focused === document.activeElement) && matchMedia("(hover: hover)").matches) composer.focus(); // on a phone it would bring up the keyboard
}

/** Past the sidebar. @param {HTMLElement} target */
function skipTo(target) {
  target.tabIndex = -1;
  target.focus();
  target.addEventListener("blur", () => target.removeAttribute("tabindex"), { once: true });
}

document.addEventListener("click", (event) => {
  if (/** @type {Element} */ (event.target).closest("a.skip")) {
    event.preventDefault();
    skipTo(find("#conversation"));
  }
  const button = /** @type {Element} */ (event.target).closest("button");
  if (button?.id === "more") menus.openOfConversation(button, entries.get(state.id));
  else if (button?.id === "search") openSearch();
  else if (button?.id === "account") menus.openAccount(button);
  else if (button?.id === "unarchive") void unarchive();
  else if (button?.dataset.closes) find(`#${button.dataset.closes}`).hidden = true;
  else if (button?.dataset.opens) /** @type {HTMLDialogElement} */ (find(`#${button.dataset.opens}`)).showModal();
  else if (button?.id === "reload") location.reload();
  else if (button?.classList.contains("latest")) composer.takeFocus(); // the button goes away
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
void open(page.conversation?.conversation ?? null, page.conversation ? page : undefined).then(() => {
  if (!named || !page.conversation) return;
  history.replaceState(null, "", location.pathname);
  return go(page.conversation.conversation, named);
});
socket.open();
composer.adopt(early);
if (page.warnings.length) void warn(page.warnings).catch(() => {});
