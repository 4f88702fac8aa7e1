// Vercel's AI SDK: chats as `useChat` has them, without React, and its providers for servers that speak OpenAI's APIs.
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, jsonSchema, Output, stepCountIs, streamText, tool } from "ai";

const { OPENAI_BASE_URL: baseURL, OPENAI_API_KEY: apiKey } = process.env;
const SITE = baseURL.replace(/\/v1$/, "");
const SHIP = jsonSchema({
  type: "object",
  properties: { name: { type: "string" }, guns: { type: "number" } },
  required: ["name", "guns"],
  additionalProperties: false,
});
const CITY = { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false };
const FUNCTION = { type: "function", name: "weather", parameters: CITY };

// What React keeps for `useChat`.
class State {
  status = "ready";
  error = undefined;
  messages = [];
  pushMessage = (message) => (this.messages = [...this.messages, message]);
  popMessage = () => (this.messages = this.messages.slice(0, -1));
  replaceMessage = (index, message) => (this.messages = this.messages.with(index, message));
  snapshot = (value) => structuredClone(value);
}

const sdk = (version) => import(version === 6 ? "ai-6" : "ai");

async function made({ version, id, body }, more = {}) {
  const { AbstractChat, DefaultChatTransport } = await sdk(version);
  class Chat extends AbstractChat {
    constructor(init) {
      super({ ...init, state: new State() });
    }
  }
  const transport = new DefaultChatTransport({
    api: `${SITE}/api/chat`,
    headers: { Authorization: `Bearer ${apiKey}` },
    body: { model: "pirate", ...body },
  });
  return new Chat({ id, transport, ...more });
}

const said = ({ lastMessage }) =>
  lastMessage?.role === "assistant" ? lastMessage.parts.map((part) => (part.type === "text" ? part.text : "")).join("") : "";
const until = async (done) => {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 2));
};
const shown = (chat) => ({ status: chat.status, error: chat.error?.message, messages: chat.messages });

export async function chat(tell, given) {
  const chat = await made(given);
  const sent = chat.sendMessage({ text: "Hello" });
  await until(() => said(chat) || chat.status === "error");
  tell(said(chat));
  await sent;
  return shown(chat);
}

// A function of the page's is called, and its result is sent by itself.
export async function functions(_, given) {
  const { lastAssistantMessageIsCompleteWithToolCalls } = await sdk(given.version);
  const chat = await made(
    { ...given, body: { tools: [FUNCTION] } },
    {
      sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
      onToolCall: ({ toolCall }) => {
        chat.addToolOutput({ tool: toolCall.toolName, toolCallId: toolCall.toolCallId, output: { ...toolCall.input, degrees: 21 } });
      },
    },
  );
  await chat.sendMessage({ text: "Is it warm?", files: [{ type: "file", mediaType: "image/png", url: given.picture }] });
  await until(() => (chat.status === "ready" && said(chat)) || chat.status === "error");
  return shown(chat);
}

// A function of the page's that fails, which the model is told.
export async function failing(_, given) {
  const { lastAssistantMessageIsCompleteWithToolCalls } = await sdk(given.version);
  const chat = await made(
    { ...given, body: { tools: [FUNCTION] } },
    {
      sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
      onToolCall: ({ toolCall: { toolName: tool, toolCallId } }) => {
        chat.addToolOutput({ tool, toolCallId, state: "output-error", errorText: "No weather today." });
      },
    },
  );
  await chat.sendMessage({ text: "Is it warm?" });
  await until(() => (chat.status === "ready" && said(chat).includes("warm")) || chat.status === "error");
  return shown(chat);
}

// A chat that is stored, whose page has a function.
async function storedWithFunction(given) {
  const { lastAssistantMessageIsCompleteWithToolCalls } = await sdk(given.version);
  const chat = await made(
    { ...given, body: { store: true, tools: [FUNCTION] } },
    {
      sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
      onToolCall: ({ toolCall: { toolName: tool, toolCallId, input } }) => {
        chat.addToolOutput({ tool, toolCallId, output: { ...input, degrees: 21 } });
      },
    },
  );
  return chat;
}

async function kept({ version, id }) {
  const answer = await fetch(`${SITE}/api/chat/${encodeURIComponent(id)}`, { headers: { Authorization: `Bearer ${apiKey}` } });
  const { messages } = await answer.json();
  const { safeValidateUIMessages } = await sdk(version);
  const { success, error } = await safeValidateUIMessages({ messages });
  if (!success) throw error;
  return messages;
}

// After the function has answered, the chat goes on, and is loaded again.
export async function storedFunctions(_, given) {
  const chat = await storedWithFunction(given);
  await chat.sendMessage({ text: "Is it warm?" });
  await until(() => (chat.status === "ready" && said(chat).includes("degrees")) || chat.status === "error");
  await chat.sendMessage({ text: "Thanks" });
  return { ...shown(chat), kept: await kept(given) };
}

// The page is loaded while the answer goes on after its function: all of it comes again.
export async function resumedFunctions(tell, given) {
  const before = await storedWithFunction(given);
  before.sendMessage({ text: "Is it warm?" });
  await until(() => said(before).includes("degrees") || before.error);
  await before.stop();
  const chat = await storedWithFunction(given);
  chat.messages = await kept(given);
  const resumed = chat.resumeStream();
  await Promise.race([until(() => said(chat).includes("degrees")), resumed]);
  tell(said(chat));
  await resumed;
  return shown(chat);
}

// A picture is sent, and another one drawn; then the page is loaded again.
export async function drawn(_, given) {
  const chat = await made(given);
  const files = [{ type: "file", mediaType: "image/png", filename: "sky.png", url: given.picture }];
  await chat.sendMessage({ text: "Like this one, please.", files });
  const file = chat.lastMessage.parts.find((part) => part.type === "file");
  const picture = file && (await fetch(file.url));
  return {
    ...shown(chat),
    picture: picture && { status: picture.status, type: picture.headers.get("Content-Type") },
    kept: await kept(given),
  };
}

export async function stopped(_, given) {
  const chat = await made(given);
  chat.sendMessage({ text: "Hello" });
  await until(() => said(chat) || chat.error);
  await chat.stop();
  return shown(chat);
}

// The page is closed amid an answer, and opened again.
export async function resumed(tell, given) {
  const before = await made(given);
  before.sendMessage({ text: "Hello" });
  await until(() => said(before) || before.error);
  await before.stop();
  const chat = await made(given);
  chat.messages = before.messages.slice(0, 1);
  const resumed = chat.resumeStream();
  await Promise.race([until(() => said(chat)), resumed]);
  tell(said(chat));
  await resumed;
  const whole = said(chat);
  await chat.resumeStream(); // nothing runs
  await chat.regenerate();
  const again = said(chat);
  await chat.sendMessage({ text: "Again" });
  return { whole, again, ...shown(chat) };
}

// The API keeps no response that doesn't say so: with `store` false, all that came before is sent along.
const asked = ({ provider, store = false }) =>
  provider === "openai"
    ? { model: createOpenAI({ baseURL, apiKey }).responses("pirate"), ...(store === false && { providerOptions: { openai: { store } } }) }
    : {
        model: createOpenAICompatible({ name: "site", baseURL, apiKey, includeUsage: true, supportsStructuredOutputs: true }).chatModel(
          "pirate",
        ),
      };

export async function text(tell, given) {
  const result = streamText({ ...asked(given), prompt: "Hello", maxRetries: 0 });
  let text = "";
  for await (const delta of result.textStream) tell((text += delta));
  return { text, reasoning: await result.reasoningText, finishReason: await result.finishReason, usage: await result.usage };
}

export async function calls(_, given) {
  const weather = tool({ inputSchema: jsonSchema(CITY), execute: ({ city }) => ({ city, degrees: 21 }) });
  const result = await generateText({
    ...asked(given),
    prompt: "Is it warm?",
    tools: { weather },
    stopWhen: stepCountIs(2),
    maxRetries: 0,
  });
  return { text: result.text, results: result.steps[0].toolResults.map(({ output }) => output) };
}

export async function shaped(_, given) {
  const result = await generateText({ ...asked(given), prompt: "Hello", output: Output.object({ schema: SHIP }), maxRetries: 0 });
  return result.output;
}
