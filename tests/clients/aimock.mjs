// The package aimock, a mock of others: it answers as OpenAI's API does, where it was told what to answer.
import { LLMock } from "@copilotkit/aimock";

const mock = new LLMock({ port: 0, logLevel: "silent" });

/** From now on. Returns its base URL. */
export async function serve(tell, { pictures, sounds, transcription }) {
  for (const [prompt, b64Json] of Object.entries(pictures)) mock.onImage(prompt, { image: { b64Json } });
  for (const [text, audio] of Object.entries(sounds)) mock.onSpeech(text, { audio, format: "mp3" });
  mock.onTranscription({ transcription });
  await mock.start();
  return `${mock.url}/v1`;
}

export const asked = () =>
  mock.getRequests().map(({ path, body }) => [path, body.model, body.messages.map(({ content }) => content).join()]);
