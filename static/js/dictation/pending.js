import { forgetRecording, keepRecording, recordingsOf } from "dictation/recordings";
import { localStore } from "dom";

/** @typedef {import("dictation/recordings").Recording} Recording */

/** The user's recordings that have no text yet, of which a tab works on one that no other tab holds. */
export class Pending {
  #key;
  #release = () => {};

  /** @param {string} user @param {string} key set while there are any */
  constructor(user, key) {
    this.user = user;
    this.#key = key;
  }

  /** Whether it is this tab's now, until it is forgotten or the page goes. @param {string} id @returns {Promise<boolean>} */
  hold(id) {
    localStore.set(this.#key, "1");
    if (!navigator.locks) return Promise.resolve(true);
    return new Promise((resolve) => {
      void navigator.locks.request(`dictation:${id}`, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock && new Promise((release) => (this.#release = () => release(undefined)));
      });
    });
  }

  /** @param {Recording} recording */
  keep(recording) {
    return keepRecording(recording);
  }

  /** The oldest that no other tab holds, which this one does then. @returns {Promise<Recording | null>} */
  async next() {
    const all = await recordingsOf(this.user);
    for (const recording of all) if (await this.hold(recording.id)) return recording;
    if (!all.length) localStore.remove(this.#key);
    return null;
  }

  /** @param {string} id */
  async forget(id) {
    await forgetRecording(id);
    this.#release();
    if (!(await recordingsOf(this.user)).length) localStore.remove(this.#key);
  }
}
