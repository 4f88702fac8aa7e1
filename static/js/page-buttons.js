import { find } from "dom";

/**
 * The buttons around the messages, and the way past the sidebar.
 *
 * @typedef {{
 *   more: (button: HTMLElement) => void, search: () => void, account: (button: HTMLElement) => void, unarchive: () => void,
 *   latest: () => void,
 * }} ButtonActions  `more`: the open conversation's menu; `latest`: the button that scrolls to the bottom, which goes away.
 */

/** @param {ButtonActions} actions */
export function listenToButtons(actions) {
  document.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (target.closest("a.skip")) {
      event.preventDefault();
      skipTo(find("#conversation"));
    }
    const button = target.closest("button");
    if (button?.id === "more") actions.more(button);
    else if (button?.id === "search") actions.search();
    else if (button?.id === "account") actions.account(button);
    else if (button?.id === "unarchive") actions.unarchive();
    else if (button?.dataset.closes) find(`#${button.dataset.closes}`).hidden = true;
    else if (button?.dataset.opens) /** @type {HTMLDialogElement} */ (find(`#${button.dataset.opens}`)).showModal();
    else if (button?.id === "reload") location.reload();
    else if (button?.classList.contains("latest")) actions.latest();
  });
}

/** @param {HTMLElement} target */
function skipTo(target) {
  target.tabIndex = -1;
  target.focus();
  target.addEventListener("blur", () => target.removeAttribute("tabindex"), { once: true });
}
