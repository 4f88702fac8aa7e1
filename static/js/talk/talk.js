import { CannotRecord } from "dictation/microphone";
import { find } from "dom";
import { loadStylesheet } from "stylesheet";
import { ByTurns } from "talk/by-turns";
import { SpeechToSpeech } from "talk/speech-to-speech";

/**
 * Talking with an assistant without hands: in speech to speech where there is a model for that, and else by turns.
 *
 * @typedef {import("parts").Parts} Parts
 */

const MISSING = "This assistant asks for something first: fill in the form, then talk.";

let isBeginning = false;

/** Begin, once the microphone is allowed. @param {Parts} parts */
export const talk = (parts) => alone(() => begin(parts));

/** Unless one begins already: it may take long until the microphone is allowed. @param {() => Promise<void>} begins */
async function alone(begins) {
  if (isBeginning) return;
  isBeginning = true;
  try {
    await begins();
  } finally {
    isBeginning = false;
  }
}

/** @param {Parts} parts */
async function begin(parts) {
  await loadStylesheet("talk");
  const { page, options, conversation } = parts;
  const onend = () => find("#talk").focus();
  if (!conversation.state.id && options.given === false) return parts.say(MISSING, "talk");
  const { talks } = page;
  const isPossible = talks && !options.isOff("speech_to_speech") && typeof AudioWorkletNode === "function";
  if (!isPossible) return byTurns(parts, onend, "");
  await unlessSilent(parts, () =>
    SpeechToSpeech.begin(parts, talks.worklet, { onend, onrefused: (why) => void alone(() => byTurns(parts, onend, why)) }),
  );
}

/** @param {Parts} parts @param {() => void} onend @param {string} why not otherwise */
async function byTurns(parts, onend, why) {
  if (!parts.page.dictation || parts.options.isOff("dictation")) return parts.say(why, "talk");
  await unlessSilent(parts, () => ByTurns.begin(parts, onend, why));
}

/** Says why, where the microphone can't be had. @param {Parts} parts @param {() => Promise<void>} begin */
async function unlessSilent(parts, begin) {
  try {
    await begin();
  } catch (error) {
    if (!(error instanceof CannotRecord)) throw error;
    parts.say(error.message, "talk");
  }
}
