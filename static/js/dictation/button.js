import { find, localStore } from "dom";
import { loadStylesheet } from "stylesheet";

/** Set while a recording has no text yet. @param {string} user */
export const pendingKey = (user) => `dictation:${user}`;

/**
 * The microphone in the composer. What records is loaded with its first use, or where a recording of an earlier page has no text yet.
 *
 * @param {import("page").Page} page
 * @param {import("composer/composer").Composer} composer
 * @param {{say: import("parts").Parts["say"], prompt: () => string}} around  `prompt`: the assistant that answers now
 * @returns {(allowed: boolean) => void} show it, or not
 */
export function listenToDictation({ user, dictation: bounds }, composer, { say, prompt }) {
  if (!bounds) return () => {};
  /** @type {Promise<import("dictation/dictation").Dictation> | null} */
  let loading = null;
  const load = () => {
    void loadStylesheet("dictation");
    loading ??= import("dictation/dictation").then(({ Dictation }) => new Dictation(user.id, bounds, composer, { say, prompt }));
    loading.catch(() => (loading = null)); // offline; the next one asks again
    return loading;
  };
  const button = find("#dictate");
  button.addEventListener("click", () => {
    load().then(
      (dictation) => dictation.begin(),
      () => say("The server can’t be reached just now. Dictate when it is back."),
    );
  });
  if (localStore.get(pendingKey(user.id)))
    load().then(
      (dictation) => dictation.takeUp(),
      () => {}, // offline: the next page does
    );
  return (allowed) => (button.hidden = !allowed);
}
