import { Composer } from "composer/composer";
import { Drafts } from "composer/drafts";
import { PromptPill } from "composer/prompt-pill";
import { Commands } from "conversation/commands";
import { RequestFailed, latest } from "conversation/http";
import { Reception } from "conversation/reception";
import { Thread } from "conversation/thread";
import { find } from "dom";
import { Hello } from "hello";
import { ConnectionNotice } from "live/connection-notice";
import { Outbox } from "live/outbox";
import { Socket } from "live/socket";
import { Drawer } from "sidebar/drawer";
import { ConversationList } from "sidebar/list";

/** The chat page. Every part is made here, and they know of each other only through here. */

const page = /** @type {import("page").Page} */ (JSON.parse(find("#page").textContent ?? ""));
const site = find("[data-site]").dataset.site ?? "";
const heading = find(".top .title");
const problem = find("#problem");
let version = "";
let opening = new AbortController();

const outbox = new Outbox(page.user.id);
const socket = new Socket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/`, {
  onframe: receive,
  onstate(state) {
    connection.show(state);
    thread.setOffline(state.name !== "ready");
  },
  needed: () => list.running,
});
const connection = new ConnectionNotice(() => socket.now(), () => location.assign(`/accounts/login/?next=${encodeURIComponent(location.pathname)}`));
const commands = new Commands(socket, outbox);
const drafts = new Drafts(page.user.id);
const composer = new Composer(drafts, {
  onsend: (text) => send(text),
  onstop: () => thread.stop(),
  oninput: () => void thread.list().catch(() => {}), // offline; the next one asks again
});
const pill = new PromptPill(page.prompts, pick);
const hello = new Hello(page.prompts, { onpick: pick, onstart: (text) => (composer.focus(), send(text)) });
const list = new ConversationList({ conversations: page.conversations, more: page.more }, (id) => void navigate(id));
const drawer = new Drawer();
const thread = new Thread(commands, {
  prompt: () => pill.chosen?.id ?? null,
  onchange: show,
  onmoved(id) {
    history.pushState(null, "", `/c/${id}/`);
    list.setCurrent(id);
    composer.moved(id);
  },
  onrefused(text, conversation) {
    if (conversation === thread.id) composer.restore(text);
    else drafts.keep(conversation, text);
  },
  onproblem: say,
  ongone(id) {
    list.remove(id);
    void navigate(null).then(() => say("That conversation was deleted."));
  },
});
const reception = new Reception(thread);

/** Tell of something that did not work. @param {string} detail */
function say(detail) {
  find("span", problem).textContent = detail;
  problem.hidden = false;
}

/** @param {import("protocol").Warning[]} warnings */
async function warn(warnings) {
  const { warn } = await import("usage/warning");
  warn(warnings, page.user.id);
}

/** @param {string} text */
function send(text) {
  problem.hidden = true;
  return thread.send(text);
}

/** @param {import("page").Prompt} prompt */
function pick(prompt) {
  pill.choose(prompt);
  hello.choose(prompt);
  composer.focus();
}

/** @param {import("protocol").Frame} frame */
function receive(frame) {
  switch (frame.type) {
    case "pong":
      return;
    case "ready":
      if (frame.user !== page.user.id) return location.assign("/"); // another user has signed in here
      return void welcome(frame.version);
    case "conversation":
      if (frame.removed) list.remove(frame.conversation);
      else list.put(frame);
      if (frame.conversation !== thread.id) return;
      return frame.removed ? void navigate(null) : show();
    case "finished":
      if (frame.warnings || !find("#budget").hidden) void warn(frame.warnings ?? []).catch(() => {}); // the next answer's end brings it again
  }
  reception.receive(frame);
}

/** The connection is there, or there again, or something may have been missed. @param {string} running the server's version */
async function welcome(running) {
  const again = version !== "";
  if (again && version !== running) find("#upgraded").hidden = false;
  version = running;
  if (again) problem.hidden = true; // most likely it was that nothing could be reached
  commands.giveAgain();
  if (again || list.running) void list.renew().catch(() => {}); // a server that can't be asked takes the socket along
  if (again) await thread.catchUp();
  else if (thread.id) commands.tell("watch", thread.id);
}

/** What the page says around the messages. */
function show() {
  const { id, state } = thread;
  const entry = list.entry(id) ?? (page.conversation?.conversation === id ? page.conversation : undefined);
  const title = id ? entry?.title || "New chat" : "";
  heading.textContent = title;
  heading.hidden = !title;
  document.title = title ? `${title} – ${site}` : site;
  hello.show(!id && !state.path.length);
  composer.setRunning(state.running);
  if (id) pill.fix(entry?.prompt ?? null, state.path.findLast((message) => message.prompt)?.prompt?.name);
}

/** @param {string | null} id @param {boolean} [back] whether the browser's history has moved already */
async function navigate(id, back = false) {
  opening.abort();
  opening = new AbortController();
  problem.hidden = true;
  drawer.close();
  if (id === thread.id && id) return;
  list.setCurrent(id);
  try {
    const excerpt = id ? await latest(id, opening.signal) : undefined;
    if (excerpt) list.put(excerpt.conversation);
    if (!back) history.pushState(null, "", id ? `/c/${id}/` : "/");
    await open(id, excerpt);
  } catch (error) {
    if (!(error instanceof RequestFailed)) return;
    list.setCurrent(thread.id);
    if (error.status) location.assign(`/c/${id}/`); // the server knows how to say what is wrong
    else thread.handlers.onproblem(error.message);
  }
}

/** @param {string | null} id @param {import("page").Messages} [excerpt] */
async function open(id, excerpt) {
  const shown = thread.open(id, excerpt);
  if (!id && pill.chosen) {
    pill.choose(pill.chosen);
    hello.choose(pill.chosen);
  }
  composer.open(id);
  const focused = document.activeElement;
  await shown; // first, for moving the focus makes the browser lay out the page
  if (focused === document.activeElement && matchMedia("(hover: hover)").matches) composer.focus(); // on a phone it would bring up the keyboard
}

addEventListener("popstate", () => void navigate(location.pathname.match(/^\/c\/([^/]+)\//)?.[1] ?? null, true));
addEventListener("keydown", (event) => {
  if (event.shiftKey && (event.ctrlKey || event.metaKey) && event.code === "KeyO") {
    event.preventDefault();
    void navigate(null);
  }
});
document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const link = target.closest("a[data-new]");
  const button = target.closest("button");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    void navigate(null);
  } else if (button?.id === "account") void import("sidebar/account").then(({ openAccountMenu }) => openAccountMenu(button));
  else if (button?.dataset.closes) find(`#${button.dataset.closes}`).hidden = true;
  else if (button?.dataset.opens) /** @type {HTMLDialogElement} */ (find(`#${button.dataset.opens}`)).showModal();
  else if (button?.id === "reload") location.reload();
});

const early = composer.text;
list.setCurrent(page.conversation?.conversation ?? null);
void open(page.conversation?.conversation ?? null, page.conversation ? { messages: page.messages, older: page.older } : undefined);
socket.open();
composer.takeUp(early);
if (page.warnings.length) void warn(page.warnings).catch(() => {});
