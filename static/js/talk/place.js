/**
 * Which conversation a talk in speech to speech is in.
 *
 * @typedef {import("parts").Parts} Parts
 */

/** What the server is told of it. @param {Parts} parts */
export function placeOf({ conversation, options }) {
  const { id } = conversation.state;
  return { conversation: id, prompt: id ? null : options.prompt, variables: id ? null : options.given || null };
}

/** What was said in a new chat has made it a conversation. @param {Parts} parts @param {string} id */
export function adopt({ conversation, navigation, composer, excerpts }, id) {
  if (conversation.state.id) return;
  conversation.state.id = id;
  navigation.created(id);
  composer.created(id);
  void excerpts.catchUp();
}
