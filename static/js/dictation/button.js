import { find, localStore } from "dom";
import { loadStylesheet } from "stylesheet";

/** Set while a recording has no text yet. @param {string} user */
const pendingKey = (user) => `dictation:${user}`;

/**
 * Forget what others dictated in this browser, who signed out without its text; with "" all of it, as the user signs out.
 *
 * @param {string} user
 */
export async function forgetDictationOfOthers(user) {
  const those = localStore.names("dictation:").filter((name) => name !== pendingKey(user));
  if (!those.length) return;
  try {
    await (await import("dictation/recordings")).forgetOthers(user);
    for (const name of those) localStore.remove(name);
  } catch {
    // offline: the next page does
  }
}

/**
 * The microphone in the composer. What records is loaded with its first use, or where a recording of an earlier page has no text yet.
 *
 * @param {import("page").Page} page
 * @param {import("composer/composer").Composer} composer
 * @param {{say: import("parts").Parts["say"], prompt: () => string}} around  `prompt`: the assistant that answers now
 * @returns {(allowed: boolean) => void} show it, or not
 */
export function listenToDictation({ user, dictation: bounds }, composer, { say, prompt }) {
  void forgetDictationOfOthers(user.id);
  if (!bounds) return () => {};
  /** @type {Promise<import("dictation/dictation").Dictation> | null} */
  let loading = null;
  const load = () => {
    void loadStylesheet("dictation");
    loading ??= import("dictation/dictation").then(
      ({ Dictation }) => new Dictation(user.id, bounds, composer, { say, prompt, pendingKey: pendingKey(user.id) }),
    );
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
  return (allowed) => {
    button.hidden = !allowed;
  };
}
