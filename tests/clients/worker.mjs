// Runs what a test names, in one process for all of them: each line of input is {"number": 3, "use": "ai-sdk", "what": "chat", "given": {…}}.
// Each line of output has that number, and what it tells on its way ("told") or its end ("answer" or "error").
import { createInterface } from "node:readline";

const output = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr); // what a package prints is no answer

async function run({ number, use, what, given }) {
  const write = (said) => output(`${JSON.stringify({ number, ...said })}\n`);
  try {
    const uses = await import(`./${use}.mjs`);
    write({ answer: (await uses[what]((told) => write({ told }), given)) ?? null });
  } catch (error) {
    const { message, status, param, code, stack } = error;
    write({ error: { name: error.constructor.name, message, status, param, code, stack } });
  }
}

for await (const line of createInterface({ input: process.stdin })) void run(JSON.parse(line));
