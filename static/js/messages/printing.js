import { MESSAGES_AT_ONCE, before } from "requests/messages";
import { element } from "dom";
import { grammarsLoaded } from "markdown/highlight";
import { allDone } from "markdown/idle-queue";
import { renderMath } from "markdown/math";

/**
 * Print a conversation, or save it as PDF: all of it, so what was not scrolled to is loaded first.
 *
 * @typedef {import("conversation/state").ConversationState} State
 * @typedef {import("messages/list").MessageList} MessageList
 */

/** @param {State} state @param {MessageList} list what shows it @returns {Promise<void>} fails where it can't be loaded */
export async function printWhole(state, list) {
  const stop = new AbortController();
  const progress = showProgress(() => stop.abort());
  list.hurried = true;
  try {
    while (state.id && state.older && !stop.signal.aborted) {
      state.prepend(await before(state.id, state.path[0]?.id ?? "", { count: MESSAGES_AT_ONCE, signal: stop.signal }));
      if (list.state !== state) return; // another conversation is open by now
      progress.say(`${state.path.length.toLocaleString("en")} messages`);
    }
    list.drawAbove();
    while (!list.complete && !stop.signal.aborted) await nextFrame();
    await allSet(list.element);
  } catch (error) {
    if (stop.signal.aborted) return;
    throw error;
  } finally {
    list.hurried = false;
    progress.end();
  }
  if (!stop.signal.aborted && list.state === state) print();
}

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));

/** When formulas and colours are there, too. @param {HTMLElement} messages */
async function allSet(messages) {
  if (messages.querySelector("[data-tex]")) await renderMath([]);
  if (messages.querySelector(".code [data-language]:not([data-language=''])")) await grammarsLoaded();
  await allDone();
  await document.fonts.ready;
}

/** A dialog that says how far it is. @param {() => void} oncancel */
function showProgress(oncancel) {
  const count = element("p", { role: "status" }, "Loading messages…");
  const cancel = element("button", { class: "button", autofocus: true }, "Cancel");
  const title = element("h2", { id: "printing-title" }, "Preparing to print");
  const form = element("form", { method: "dialog" }, title, count, element("div", { class: "bar" }, cancel));
  const dialog = element("dialog", { "aria-labelledby": "printing-title" }, form);
  document.body.append(dialog);
  dialog.showModal();
  dialog.addEventListener("close", oncancel);
  return {
    say: (/** @type {string} */ text) => (count.textContent = `Loading messages… ${text}`),
    end() {
      dialog.removeEventListener("close", oncancel);
      dialog.close();
      dialog.remove();
    },
  };
}
