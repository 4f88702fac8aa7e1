import { RequestFailed, csrfToken } from "requests/http";
import { root } from "dom";

/**
 * Brings a file to the server: a small one at once, others in pieces by tus 1.0.0 (https://tus.io/protocols/resumable-upload), so that they go
 * on where they broke off.
 *
 * @typedef {{
 *   id: string, name: string, kind: "image" | "document" | "audio", content_type: string, size: number,
 *   state: "reading" | "ready" | "no_text" | "refused", problem: string, width: number | null, height: number | null,
 *   seconds: number | null, transcribed: number, only_heard: boolean, recognised: number,
 * }} Uploaded  `no_text`: it could not be read or transcribed just then; `only_heard`: it can be sent to models that hear; `transcribed`: how many of its seconds are
 * @typedef {{
 *   address?: string, signal: AbortSignal, onaddress: (address: string) => void, onprogress: (bytes: number, kept: boolean) => void,
 *   onreading: (uploaded: Uploaded) => void,
 * }} Way  `address`: of an upload that was begun; `kept`: whether the server has them for good.
 */

const WHOLE_BYTES = 512 * 1024;
const PIECE_BYTES = 1024 * 1024;
const READING_MS = 1_000;
const TUS = { "Tus-Resumable": "1.0.0" };

/** Fails with RequestFailed. @param {File} file @param {Way} way @returns {Promise<Uploaded>} not being read any more */
export async function transfer(file, way) {
  let uploaded = await (way.address || file.size > WHOLE_BYTES ? inPieces(file, way) : whole(file, way));
  while (uploaded.state === "reading") {
    way.onreading(uploaded);
    await new Promise((resolve) => setTimeout(resolve, READING_MS));
    uploaded = JSON.parse((await ask("GET", `${root}files/${uploaded.id}/state/`, way.signal)).responseText);
  }
  return uploaded;
}

/** @param {File} file @param {Way} way */
async function whole(file, { signal, onprogress }) {
  const body = new FormData();
  body.append("name", file.name); // that of the file's own part has quotation marks as %22
  body.append("file", file, file.name);
  const answer = await ask("POST", `${root}files/`, signal, { body, onprogress: (sent) => onprogress(Math.min(sent, file.size), false) });
  return JSON.parse(answer.responseText);
}

/** @param {File} file @param {Way} way */
async function inPieces(file, { address, signal, onaddress, onprogress }) {
  let offset = 0;
  if (address) offset = Number((await ask("HEAD", address, signal, { headers: TUS })).getResponseHeader("Upload-Offset"));
  else {
    address = await begun(file);
    if (signal.aborted) {
      void takeBack(address); // or the server would keep room for it
      throw new RequestFailed(0, "");
    }
    onaddress(address);
  }
  for (;;) {
    onprogress(offset, true);
    const from = offset;
    const answer = await ask("PATCH", address, signal, {
      headers: { ...TUS, "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(from) },
      body: file.slice(from, from + PIECE_BYTES),
      onprogress: (sent) => onprogress(from + sent, false),
    });
    if (answer.status === 200) return JSON.parse(answer.responseText);
    offset = Number(answer.getResponseHeader("Upload-Offset"));
  }
}

/** Not to be broken off: what is begun at the server could not be taken back without its address. @param {File} file @returns {Promise<string>} the address of a new upload */
async function begun(file) {
  const name = btoa(String.fromCharCode(...new TextEncoder().encode(file.name)));
  const headers = { ...TUS, "Upload-Length": String(file.size), "Upload-Metadata": `filename ${name}` };
  return (await ask("POST", `${root}files/uploads/`, new AbortController().signal, { headers })).getResponseHeader("Location") ?? "";
}

/** Whether the server has the file no more. @param {string} id of the file */
export const isGone = (id) =>
  fetch(`${root}files/${id}/state/`).then(
    ({ status }) => status === 404,
    () => false,
  ); // offline: asked on sending

/** Have the server forget what has come of it. @param {string} address of an upload, or of a file that isn't ready */
export const takeBack = (address) =>
  fetch(address, { method: "DELETE", headers: { ...TUS, "X-CSRFToken": csrfToken() }, keepalive: true }).catch(() => {}); // swept later, then

/**
 * A request that tells its progress, which fetch can't. Fails with RequestFailed, whose status is 0 without an answer.
 *
 * @param {string} method
 * @param {string} address
 * @param {AbortSignal} signal
 * @param {{headers?: Record<string, string>, body?: XMLHttpRequestBodyInit, onprogress?: (sent: number) => void}} [options]
 * @returns {Promise<XMLHttpRequest>}
 */
function ask(method, address, signal, { headers = {}, body, onprogress } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, address);
    for (const [name, value] of Object.entries({ ...headers, "X-CSRFToken": csrfToken() })) request.setRequestHeader(name, value);
    if (onprogress) request.upload.onprogress = ({ loaded }) => onprogress(loaded);
    const stop = () => request.abort();
    signal.addEventListener("abort", stop);
    if (signal.aborted) return reject(new RequestFailed(0, ""));
    request.onloadend = () => {
      signal.removeEventListener("abort", stop);
      if (request.status >= 200 && request.status < 300) resolve(request);
      else reject(new RequestFailed(request.status, problemOf(request)));
    };
    request.send(body);
  });
}

/** @param {XMLHttpRequest} request */
function problemOf({ status, responseText }) {
  try {
    const { error, detail } = JSON.parse(responseText);
    return error ?? detail ?? "";
  } catch {
    return status === 413 ? "Something on the way to the server doesn’t take a file of this size." : "";
  }
}
