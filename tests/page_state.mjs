// What the page makes of frames, without a page: each line of input is a list of frames for one reply, each line of output says,
// for each of them, what `conversation/state` answered, and what is shown then.
import { register } from "node:module";
import { createInterface } from "node:readline";

// The page's modules import each other by the bare names that the import map resolves in a browser.
const scripts = new URL("../static/js/", import.meta.url).href;
const resolve = `(name, context, next) => (/^[a-z-]+\\/[a-z-]+$/.test(name) ? { url: "${scripts}" + name + ".js", shortCircuit: true } : next(name, context))`;
register(`data:text/javascript,${encodeURIComponent(`export const resolve = ${resolve};`)}`);
const { localMessage } = await import("conversation/message");
const { ConversationState } = await import("conversation/state");

for await (const line of createInterface({ input: process.stdin })) {
  const state = new ConversationState("c", { messages: [localMessage({ id: "m", role: "assistant", status: "pending" })], older: false });
  const outcomes = [];
  for (const frame of JSON.parse(line)) {
    const take = { delta: "applyDelta", snapshot: "applySnapshot", finished: "applyFinished" }[frame.type];
    const outcome = state[take](frame);
    const { parts, end, status } = state.find("m");
    outcomes.push({ outcome, text: parts.map((part) => part.text).join(""), end, status });
  }
  process.stdout.write(JSON.stringify(outcomes) + "\n");
}
