/** Records what the microphone hears, with its level. */

const TYPES = ["audio/webm;codecs=opus", "audio/mp4;codecs=mp4a.40.2", "audio/mp4", "audio/ogg;codecs=opus", "audio/webm"];
const BITS_PER_SECOND = 24_000; // speech needs no more
const PIECE_MS = 1_000;

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

/** @typedef {{onpiece: (sound: Blob, seconds: number) => void, onend: () => void}} RecorderHandlers  `onpiece`: all that is recorded so far */

export class Recorder {
  /** @type {Blob[]} */
  #pieces = [];
  #seconds = 0;
  #since = 0; // when it began or went on, 0 while it is paused

  /**
   * Ask for the microphone and begin. Fails with CannotRecord.
   *
   * @param {RecorderHandlers} handlers
   */
  static async begin(handlers) {
    if (typeof MediaRecorder === "undefined" || !navigator.mediaDevices?.getUserMedia) {
      const why = isSecureContext ? "This browser can’t record." : "Browsers record only over HTTPS, and this page came without it.";
      throw new CannotRecord(why);
    }
    const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one));
    if (!type) throw new CannotRecord("This browser can’t record in a form that can be transcribed.");
    /** @type {MediaStream | null} */
    let stream = null;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true } });
      return new Recorder(stream, type, handlers);
    } catch (error) {
      for (const track of stream?.getTracks() ?? []) track.stop();
      const name = error instanceof DOMException ? error.name : "";
      throw new CannotRecord(REASONS[name] ?? "The microphone could not be started. Try again.");
    }
  }

  /** @param {MediaStream} stream @param {string} type @param {RecorderHandlers} handlers */
  constructor(stream, type, handlers) {
    this.#stream = stream;
    this.#recorder = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: BITS_PER_SECOND });
    this.#recorder.addEventListener("dataavailable", ({ data }) => {
      if (!data.size) return;
      this.#pieces.push(data);
      handlers.onpiece(new Blob(this.#pieces, { type: this.type }), this.seconds);
    });
    this.#recorder.addEventListener("stop", () => {
      this.#letGo();
      handlers.onend();
    });
    this.#context = new AudioContext();
    this.#analyser = this.#context.createAnalyser();
    this.#analyser.fftSize = 512;
    this.#context.createMediaStreamSource(stream).connect(this.#analyser);
    this.#samples = new Float32Array(this.#analyser.fftSize);
    this.#recorder.start(PIECE_MS);
    this.#since = performance.now();
  }

  #stream;
  #recorder;
  #context;
  #analyser;
  #samples;

  /** As the browser calls what it records. */
  get type() {
    return this.#recorder.mimeType;
  }

  get seconds() {
    return this.#seconds + (this.#since ? (performance.now() - this.#since) / 1000 : 0);
  }

  get isPaused() {
    return this.#recorder.state === "paused";
  }

  /** How loud it is now, from 0 to 1; ordinary speech is about the middle. */
  get level() {
    if (this.isPaused) return 0;
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const mean = this.#samples.reduce((sum, sample) => sum + sample * sample, 0) / this.#samples.length;
    return Math.min(1, Math.max(0, 1 + (10 * Math.log10(mean + 1e-9)) / 60)); // -60 dB and less are silence
  }

  pause() {
    this.#seconds = this.seconds;
    this.#since = 0;
    this.#recorder.pause();
  }

  goOn() {
    this.#since = performance.now();
    this.#recorder.resume();
  }

  /** The last piece comes, and then `onend`. */
  end() {
    this.#seconds = this.seconds;
    this.#since = 0;
    if (this.#recorder.state !== "inactive") this.#recorder.stop();
  }

  #letGo() {
    for (const track of this.#stream.getTracks()) track.stop();
    void this.#context.close().catch(() => {});
  }
}
