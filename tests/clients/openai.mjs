// OpenAI's client for Node.
import OpenAI from "openai";
import { zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";

const client = new OpenAI({ maxRetries: 0 }); // by OPENAI_BASE_URL and OPENAI_API_KEY
const model = "pirate";
const messages = [{ role: "user", content: "Hello" }];
const Ship = z.object({ name: z.string(), guns: z.number() });
const PARAMETERS = { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false };

export async function models() {
  const found = [];
  for await (const one of client.models.list()) found.push(one.id);
  return found;
}

export async function chat() {
  const { choices, usage } = await client.chat.completions.create({ model, messages });
  return { text: choices[0].message.content, tokens: usage.total_tokens };
}

export async function streamed(tell) {
  let text = "";
  for await (const chunk of await client.chat.completions.create({ model, messages, stream: true })) {
    text += chunk.choices[0]?.delta.content ?? "";
    tell(text);
  }
  return text;
}

export async function left(tell) {
  const stream = await client.chat.completions.create({ model, messages, stream: true });
  for await (const chunk of stream) {
    if (chunk.choices[0]?.delta.content) break;
  }
  stream.controller.abort();
}

export async function functions() {
  const runner = client.chat.completions.runTools({
    model,
    messages,
    tools: [
      {
        type: "function",
        function: { name: "weather", parameters: PARAMETERS, parse: JSON.parse, function: ({ city }) => ({ city, degrees: 21 }) },
      },
    ],
  });
  return runner.finalContent();
}

export async function shaped() {
  const asked = await client.chat.completions.parse({ model, messages, response_format: zodResponseFormat(Ship, "ship") });
  return asked.choices[0].message.parsed;
}

export async function wrong(_, { key, asked }) {
  await client.withOptions(key ? { apiKey: key } : {}).chat.completions.create({ model, messages, ...asked });
}

export async function response(tell) {
  const tools = [{ type: "function", name: "weather", parameters: PARAMETERS, strict: true }];
  const first = await client.responses.create({ model, input: "Is it warm?", tools });
  const call = first.output.find((item) => item.type === "function_call");
  const result = { type: "function_call_output", call_id: call.call_id, output: "21" };
  const second = await client.responses.create({ model, input: [...messages, ...first.output, result], tools });
  return { arguments: JSON.parse(call.arguments), text: second.output_text };
}

export async function shapedResponse() {
  const parsed = await client.responses.parse({ model, input: "Hello", text: { format: zodTextFormat(Ship, "ship") } });
  return parsed.output_parsed;
}

// A response whose reader leaves amid it, and that another one reads to its end.
export async function resumed(tell) {
  let id, last;
  const seen = await client.responses.create({ model, input: "Hello", store: true, stream: true });
  for await (const event of seen) {
    id ??= event.response?.id;
    last = event.sequence_number;
    if (event.type === "response.output_text.delta") break;
  }
  tell(id);
  let rest = "";
  for await (const event of await client.responses.retrieve(id, { stream: true, starting_after: last })) {
    if (event.type === "response.output_text.delta") rest += event.delta;
  }
  const followed = await client.responses.create({ model, input: "Again", previous_response_id: id });
  return { rest, whole: (await client.responses.retrieve(id)).output_text, followed: followed.output_text };
}

// A loop of functions that the site keeps, which ends in an answer by a schema.
export async function kept() {
  const tools = [{ type: "function", name: "weather", parameters: PARAMETERS, strict: true }];
  const first = await client.responses.create({ model, input: "Is it warm?", tools, store: true });
  const call = first.output.find((item) => item.type === "function_call");
  const input = [{ type: "function_call_output", call_id: call.call_id, output: "21 degrees in Rome" }];
  const text = { format: zodTextFormat(Ship, "ship") };
  const last = await client.responses.parse({ model, input, tools, text, previous_response_id: first.id });
  const items = [];
  for await (const item of client.responses.inputItems.list(last.id, { order: "asc" })) items.push(item.type);
  return { ship: last.output_parsed, items, kept: (await client.responses.retrieve(last.id)).output_text };
}

export async function cancelled(tell) {
  const { id } = await client.responses.create({ model, input: "Hello", background: true });
  tell(id);
  return (await client.responses.cancel(id)).status;
}
