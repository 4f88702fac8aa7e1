import { ICONS, iconButton, make } from "widget/elements";
import { dress } from "widget/look";
import { Panel } from "widget/panel";
import { Server } from "widget/server";
import { Store } from "widget/store";
import { wordsOf } from "widget/words";

/**
 * One script on another site's page, with an assistant in it.
 *
 * @typedef {{key: string, layout: "bubble" | "inline", title: string, greeting: string, starters: string[], language: string,
 *   theme: "page" | "light" | "dark", accent: string, signed: boolean, hands_over: boolean, longest: number, pictures: number, style: string}} Settings
 */

const PHONE = "(max-width: 480px)";

/** Called by the script itself, while it is run. @param {Settings} settings */
export function start(settings) {
  const script = /** @type {HTMLScriptElement} */ (document.currentScript);
  const begin = () => document.getElementById(`chat-widget-${settings.key}`) ?? show(settings, script);
  if (document.body && document.readyState !== "loading") begin();
  else document.addEventListener("DOMContentLoaded", begin, { once: true });
}

/** @param {Settings} settings @param {HTMLScriptElement} script */
function show(settings, script) {
  const store = new Store(settings.key);
  const server = new Server(script.src.replace(/\.js(\?.*)?$/, ""), settings.signed ? tokenOf(script) : async () => store.secret);
  const spoken = wordsOf(settings.language || document.documentElement.lang, navigator.language);
  const host = document.createElement("chat-widget");
  host.id = `chat-widget-${settings.key}`;
  host.lang = spoken.language;
  host.dir = getComputedStyle(document.documentElement).direction;
  dress(host, settings.theme, settings.accent);
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(settings.style);
  root.adoptedStyleSheets = [sheet];
  const target = document.querySelector(script.dataset.target ?? "chat-widget-place");
  if (settings.layout === "inline") {
    const panel = new Panel(settings, spoken, server, store, null);
    root.append(make("section", { class: "panel inline", "aria-labelledby": "title" }, ...panel.parts));
    if (target) target.append(host);
    else if (script.parentElement === document.head) document.body.append(host);
    else script.before(host);
    if (store.isKnown || settings.signed) panel.open();
  } else {
    bubble(settings, spoken, server, store, root);
    document.body.append(host);
  }
}

/** @param {Settings} settings @param {ReturnType<typeof wordsOf>} spoken @param {Server} server @param {Store} store @param {ShadowRoot} root */
function bubble(settings, spoken, server, store, root) {
  const dialog = make("dialog", { class: "panel", "aria-labelledby": "title" });
  let isFilled = false;
  const close = () => dialog.close();
  const panel = new Panel(settings, spoken, server, store, close);
  const button = iconButton(spoken.words.open, ICONS.bubble, () => (dialog.open ? close() : open()), "bubble");
  button.setAttribute("aria-haspopup", "dialog");
  const open = (focused = true) => {
    if (matchMedia(PHONE).matches) dialog.showModal();
    else dialog.show();
    button.setAttribute("aria-expanded", "true");
    store.isOpen = true;
    if (focused) panel.composer.field.focus();
    if (!isFilled && (store.isKnown || settings.signed)) panel.open();
    isFilled = true;
  };
  dialog.addEventListener("close", () => {
    button.setAttribute("aria-expanded", "false");
    store.isOpen = false;
    button.focus();
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    close();
  });
  button.setAttribute("aria-expanded", "false");
  dialog.append(...panel.parts);
  root.append(button, dialog);
  if (store.isOpen && !matchMedia(PHONE).matches) requestAnimationFrame(() => open(false));
}

/** The host's token for its user: the script's data-token, or what its data-token-url answers, asked again when it has expired. @param {HTMLScriptElement} script */
function tokenOf({ dataset: { token = "", tokenUrl } }) {
  let known = token;
  return async (/** @type {boolean} */ again) => {
    if (tokenUrl && (again || !known)) {
      const response = await fetch(tokenUrl, { credentials: "same-origin", cache: "no-store" });
      known = response.ok ? (await response.text()).trim() : "";
    }
    return known;
  };
}
