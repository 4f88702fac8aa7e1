/** A recording as models that hear take it: WAV, where browsers record WebM or MP4. */

const RATE = 16_000;
const HEAD_BYTES = 44;

/** @param {import("dictation/recordings").Recording} recording @returns {Promise<File>} as it was recorded where the browser can't read it */
export async function fileOf({ sound, time }) {
  const local = new Date(time - new Date(time).getTimezoneOffset() * 60_000).toISOString();
  const name = `Recording ${local.slice(0, 16).replace("T", " ").replace(":", ".")}`;
  try {
    return new File([wavOf(await samplesOf(sound))], `${name}.wav`, { type: "audio/wav" });
  } catch {
    const [type = ""] = sound.type.split(";");
    return new File([sound], `${name}.${type === "audio/mp4" ? "m4a" : (type.split("/")[1] ?? "webm")}`, { type });
  }
}

/** @param {Blob} sound @returns {Promise<Float32Array>} of its first channel */
async function samplesOf(sound) {
  const decoded = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await sound.arrayBuffer());
  return decoded.getChannelData(0);
}

/** With 16 bits a sample. @param {Float32Array} samples */
function wavOf(samples) {
  const bytes = samples.length * 2;
  const view = new DataView(new ArrayBuffer(HEAD_BYTES + bytes));
  const word = (/** @type {number} */ at, /** @type {string} */ text) =>
    [...text].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)));
  word(0, "RIFF");
  view.setUint32(4, HEAD_BYTES - 8 + bytes, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // samples as they are
  view.setUint16(22, 1, true); // one channel
  view.setUint32(24, RATE, true);
  view.setUint32(28, RATE * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  word(36, "data");
  view.setUint32(40, bytes, true);
  samples.forEach((sample, index) => view.setInt16(HEAD_BYTES + 2 * index, Math.max(-1, Math.min(1, sample)) * 0x7fff, true));
  return view.buffer;
}
