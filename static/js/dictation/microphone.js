/** The microphone, and what records it. */

const TYPES = ["audio/webm;codecs=opus", "audio/mp4;codecs=mp4a.40.2", "audio/mp4", "audio/ogg;codecs=opus", "audio/webm"];
const BITS_PER_SECOND = 24_000; // speech needs no more

/** Why nothing can be recorded, in a sentence for the user. */
export class CannotRecord extends Error {}

/** @type {Record<string, string>} by the name of the browser's error */
const REASONS = {
  NotAllowedError: "The microphone is not allowed for this site. Allow it in the browser’s settings for the site, then try again.",
  SecurityError: "The microphone is not allowed for this site. Allow it in the browser’s settings for the site, then try again.",
  NotFoundError: "There is no microphone. Connect one, then try again.",
  NotReadableError: "The microphone can’t be used just now: another program may be using it.",
  AbortError: "The microphone can’t be used just now: another program may be using it.",
};

/**
 * Ask for the microphone, and begin what listens to it. Fails with CannotRecord.
 *
 * @template Listening
 * @param {(stream: MediaStream, type: string) => Listening} begin `type`: in which it can be recorded here
 */
export async function withMicrophone(begin) {
  if (typeof MediaRecorder === "undefined" || !navigator.mediaDevices?.getUserMedia) {
    const why = isSecureContext ? "This browser can’t record." : "Browsers record only over HTTPS, and this page came without it.";
    throw new CannotRecord(why);
  }
  const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one));
  if (!type) throw new CannotRecord("This browser can’t record in a form that can be transcribed.");
  /** @type {MediaStream | null} */
  let stream = null;
  try {
    const audio = { channelCount: 1, echoCancellation: true, noiseSuppression: true };
    stream = await navigator.mediaDevices.getUserMedia({ audio });
    return begin(stream, type);
  } catch (error) {
    if (stream) letGo(stream);
    const name = error instanceof DOMException ? error.name : "";
    throw new CannotRecord(REASONS[name] ?? "The microphone could not be started. Try again.");
  }
}

/** The microphone is free again. @param {MediaStream} stream */
export function letGo(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** @param {MediaStream} stream @param {string} type */
export const recorderOf = (stream, type) => new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: BITS_PER_SECOND });

/** How loud a stream is just now. */
export class Loudness {
  #context = new AudioContext();
  #analyser = this.#context.createAnalyser();
  #samples = new Float32Array(512);

  /** @param {MediaStream} stream */
  constructor(stream) {
    this.#analyser.fftSize = this.#samples.length;
    this.#context.createMediaStreamSource(stream).connect(this.#analyser);
  }

  /** In dB of full scale. */
  get decibels() {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const mean = this.#samples.reduce((sum, sample) => sum + sample * sample, 0) / this.#samples.length;
    return 10 * Math.log10(mean + 1e-9);
  }

  close() {
    void this.#context.close().catch(() => {});
  }
}

/** From 0 to 1; ordinary speech is about the middle. @param {number} decibels */
export const shownLevel = (decibels) => Math.min(1, Math.max(0, 1 + decibels / 60)); // -60 dB and less are silence
