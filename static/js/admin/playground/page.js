import { element, find } from "dom";
import { Playground } from "admin/playground/playground";
import { onPress } from "admin/playground/press";
import { MOST_COLUMNS } from "admin/playground/state";

/** Puts the playground into its page. */

/** @type {import("admin/playground/state").Page & {socket: string}} */
const page = JSON.parse(find("#playground-page").textContent ?? "");
const isApple = /Mac|iPhone|iPad/.test(navigator.platform);

/** @param {string} label @param {string} kind @param {() => void} action @param {string} [keys] */
function button(label, kind, action, keys) {
  const made = element("button", { type: "button", class: kind, ...(keys ? { "aria-keyshortcuts": keys } : {}) }, label);
  made.addEventListener("click", action);
  return made;
}

const said = element("p", { class: "said", role: "status" });
const socket = new URL(page.socket, location.href);
socket.protocol = socket.protocol.replace("http", "ws");
const playground = new Playground(page, socket.href, {
  say: (words, ...more) => said.replaceChildren(words, " ", ...more),
  running: (areRunning) => {
    stop.disabled = !areRunning;
  },
});

const run = button("Run all", "run-all", () => {}, "Control+Enter Meta+Enter");
onPress(run, () => playground.runAll());
run.append(element("kbd", { "aria-hidden": "true" }, isApple ? "⌘ ↵" : "Ctrl ↵"));
const stop = button("Stop all", "quiet-button", () => playground.trials.stopAll(), "Escape");
stop.disabled = true;
const plain = element("input", { type: "checkbox" });
plain.checked = playground.state.plain;
plain.addEventListener("change", () => playground.setPlain(plain.checked));
const add = button("Add a column", "quiet-button", () => playground.add());
const models = element("datalist", { id: "playground-models" });

find(".playground-page").append(
  element(
    "section",
    { class: "conversation", "aria-labelledby": "conversation-title" },
    element("header", {}, element("h2", { id: "conversation-title" }, "Conversation"), playground.start.element),
    playground.turns.element,
    button("Add a message", "quiet-button", () => playground.turns.add()),
    playground.variables.element,
    element("div", { class: "bar run-bar" }, run, stop),
    said,
    element("div", { class: "bar" }, add, element("label", { class: "plain-switch" }, plain, "Plain text")),
  ),
  element("div", { class: "board" }, playground.board.tabs.element, playground.board.element),
  models,
);
new MutationObserver(() => (add.disabled = playground.state.columns.length >= MOST_COLUMNS)).observe(playground.board.element, {
  childList: true,
});
add.disabled = playground.state.columns.length >= MOST_COLUMNS;
playground.models.listed = () => models.replaceChildren(...playground.models.all.map(({ name }) => element("option", { value: name })));

document.addEventListener("keydown", (event) => {
  if (event.isComposing || document.querySelector("dialog[open]")) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    if (!event.repeat) playground.runAll(); // a key that is held would begin all again, many times a second
  } else if (event.key === "Escape" && playground.trials.areRunning) playground.trials.stopAll();
});

const named = new URLSearchParams(location.search).get("conversation");
if (named) {
  history.replaceState(null, "", location.pathname);
  playground.start.ask(named);
}
