/**
 * Tells by loudness when the user begins and ends to speak. The quiet of the room is learned and followed; pauses within a sentence are
 * waited for. Pure: it is told the level at a time, and answers what that means.
 *
 * @typedef {"begun" | "ended" | "dropped" | null} Event  `dropped`: it was too short for speech
 */

const FIRST_FLOOR = -60; // dB of full scale, until something is known of the room
const LOWEST_FLOOR = -75;
const HIGHEST_FLOOR = -35;
const RISE_PER_SECOND = 3; // dB: a fan that is switched on becomes the quiet
const ABOVE_FLOOR = 12; // dB: speech is so much louder
const WHILE_HEARING = 9; // dB more while a voice comes out of the loudspeaker, of which echo cancellation leaves a little
const STAYS_ABOVE = 6; // dB: what is as loud goes on
const BEGINS_MS = 120;
const BEGINS_WHILE_HEARING_MS = 240;
const HANG_MS = 900; // a pause that is as long ends it
const SHORTEST_MS = 200;
const LONGEST_MS = 120_000;

export class SpeechDetector {
  #floor = FIRST_FLOOR;
  #last = -1;
  /** When it became loud, or -1. */
  #loudSince = -1;
  /** When it was last loud, while the user speaks. */
  #loudAt = 0;
  #isSpeaking = false;

  /** Whether a voice comes out of the loudspeaker. */
  isHearing = false;

  get isSpeaking() {
    return this.#isSpeaking;
  }

  /** Forget what was said, and keep what is known of the room. */
  restart() {
    this.#isSpeaking = false;
    this.#loudSince = -1;
  }

  /** @param {number} level in dB of full scale @param {number} now in ms @returns {Event} */
  hear(level, now) {
    const passed = this.#last < 0 ? 0 : Math.min(now - this.#last, 250);
    this.#last = now;
    const threshold = this.#floor + ABOVE_FLOOR + (this.isHearing ? WHILE_HEARING : 0);
    if (this.#isSpeaking) return this.#goOn(level, now);
    this.#follow(level, passed);
    if (level < threshold) {
      this.#loudSince = -1;
      return null;
    }
    if (this.#loudSince < 0) this.#loudSince = now;
    if (now - this.#loudSince < (this.isHearing ? BEGINS_WHILE_HEARING_MS : BEGINS_MS)) return null;
    this.#isSpeaking = true;
    this.#loudAt = now;
    return "begun";
  }

  /** @param {number} level @param {number} now @returns {Event} */
  #goOn(level, now) {
    if (level >= this.#floor + STAYS_ABOVE) this.#loudAt = now;
    if (now - this.#loudAt < HANG_MS && now - this.#loudSince < LONGEST_MS) return null;
    const length = this.#loudAt - this.#loudSince;
    this.restart();
    return length < SHORTEST_MS ? "dropped" : "ended";
  }

  /** @param {number} level @param {number} passed ms */
  #follow(level, passed) {
    const lower = level < this.#floor;
    const next = lower ? this.#floor + (level - this.#floor) * Math.min(1, passed / 100) : this.#floor + (RISE_PER_SECOND * passed) / 1000;
    this.#floor = Math.min(HIGHEST_FLOOR, Math.max(LOWEST_FLOOR, lower ? next : Math.min(next, level)));
  }
}
