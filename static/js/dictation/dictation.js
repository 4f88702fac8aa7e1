import { CannotRecord } from "dictation/microphone";
import { Panel } from "dictation/panel";
import { Pending } from "dictation/pending";
import { Recorder } from "dictation/recorder";
import { newRecording } from "dictation/recordings";
import { Transcription } from "dictation/transcription";
import { announce, find } from "dom";

const LAST_BYTES = 30_000; // of the pieces that come before a recording that is full has ended

/** @typedef {import("dictation/recordings").Recording} Recording */

/** Records, has the recording transcribed and puts its text where the cursor is. One recording at a time. */
export class Dictation {
  /** @type {Recorder | null} */
  #recorder = null;
  /** @type {Recording | null} until it has its text, or is discarded */
  #recording = null;
  /** @type {Transcription | null} of the recording, once it has ended */
  #transcription = null;
  #isStarting = false;
  #isAttached = false; // once it has ended, in place of its text
  #panel;

  /**
   * @param {string} user
   * @param {import("page").DictationBounds} bounds
   * @param {import("composer/composer").Composer} composer
   * @param {{say: import("parts").Parts["say"], prompt: () => string, pendingKey: string}} around  `prompt`: the assistant that answers now;
   *   `pendingKey`: what is set while a recording has no text yet
   */
  constructor(user, bounds, composer, { say, prompt, pendingKey }) {
    this.prompt = prompt;
    this.user = user;
    this.pending = new Pending(user, pendingKey);
    this.bounds = bounds;
    this.composer = composer;
    this.say = say;
    this.#panel = new Panel({
      onpause: () => this.#togglePause(),
      oncancel: () => void this.#discard(),
      onattach: composer.files.bounds && (() => void this.#attach()),
      ondone: () => this.#recorder?.end(),
      onretry: () => this.#transcribe(),
    });
  }

  /** Record. */
  async begin() {
    if (this.#recording || this.#isStarting) return this.#panel.focus();
    this.#isStarting = true;
    try {
      const recorder = await Recorder.begin({ onpiece: (sound, seconds) => this.#keep(sound, seconds), onend: () => void this.#ended() });
      const recording = newRecording(this.user, this.composer.conversation, this.prompt(), recorder.type);
      this.#recorder = recorder;
      this.#recording = recording;
      void this.pending.hold(recording.id);
      this.#show("recording", "Recording");
      this.#panel.focus();
      this.#followSound();
    } catch (error) {
      if (!(error instanceof CannotRecord)) throw error;
      this.say(error.message, "dictation");
    } finally {
      this.#isStarting = false;
    }
  }

  /** Have transcribed what an earlier page, or the connection, left without its text. */
  async takeUp() {
    if (this.#recording || this.#isStarting) return;
    this.#isStarting = true;
    this.#recording = await this.pending.next();
    this.#isStarting = false;
    if (this.#recording) this.#transcribe();
  }

  /** @param {Blob} sound @param {number} seconds */
  #keep(sound, seconds) {
    if (!this.#recording) return;
    Object.assign(this.#recording, { sound, seconds });
    void this.pending.keep(this.#recording);
    if (sound.size < this.bounds.max_bytes - LAST_BYTES && seconds < this.bounds.max_seconds) return;
    this.say("The recording is as long as one may be, so it ended here. Dictate the rest after it.", "dictation");
    this.#recorder?.end();
  }

  #togglePause() {
    const recorder = this.#recorder;
    if (!recorder) return;
    if (recorder.isPaused) recorder.goOn();
    else recorder.pause();
    this.#show(recorder.isPaused ? "paused" : "recording", recorder.isPaused ? "Paused" : "Recording");
  }

  #followSound() {
    if (!this.#recorder) return;
    this.#panel.showSound(this.#recorder.level, this.#recorder.seconds);
    requestAnimationFrame(() => this.#followSound());
  }

  /** By the user, because it is full, or because the microphone went. */
  async #ended() {
    this.#recorder = null;
    if (!this.#recording) return; // discarded
    if (this.#recording.sound.size) return this.#isAttached ? this.#attach() : this.#transcribe();
    await this.#end();
    this.say("Nothing was recorded. Try again.", "dictation");
  }

  #transcribe() {
    const recording = this.#recording;
    if (!recording) return;
    this.#transcription ??= new Transcription(recording, {
      onask: () => this.#show("transcribing", "Transcribing …"),
      ontext: (text) => void this.#insert(recording, text),
      onfail: (words, retry) => {
        this.#show("failed", words);
        this.#panel.allowRetry(retry);
      },
    });
    void this.#transcription.ask();
  }

  #stopAsking() {
    this.#transcription?.end();
    this.#transcription = null;
  }

  /** @param {Recording} recording @param {string} text */
  async #insert(recording, text) {
    await this.#end();
    if (!text) return this.say("Nothing was understood. Speak closer to the microphone, and try again.", "dictation");
    announce(
      this.composer.insert(recording.conversation, text) ? "The text is in the message." : "The text is in the draft of its conversation.",
    );
    await this.takeUp();
  }

  /** To the message that is being written, as it is. */
  async #attach() {
    const recording = this.#recording;
    this.#isAttached = true;
    if (!recording || this.#recorder) return this.#recorder?.end();
    this.#stopAsking();
    const { fileOf } = await import("dictation/wav");
    await this.composer.files.add([await fileOf(recording)]);
    await this.#end();
    await this.takeUp();
  }

  async #discard() {
    const recorder = this.#recorder;
    await this.#end();
    recorder?.end();
    this.composer.takeFocus();
    announce("The recording is discarded.");
  }

  /** There is nothing more to do for the recording. */
  async #end() {
    this.#stopAsking();
    this.#isAttached = false;
    const recording = this.#recording;
    this.#recording = null;
    this.#panel.element.remove();
    if (recording) await this.pending.forget(recording.id);
  }

  /** @param {"recording" | "paused" | "transcribing" | "failed"} state @param {string} words */
  #show(state, words) {
    if (!this.#panel.element.isConnected) find(".bar", this.composer.form).before(this.#panel.element);
    this.#panel.show(state, words);
  }
}
