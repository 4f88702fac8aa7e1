/**
 * What a message is: where it stands, and what is in it.
 *
 * @typedef {import("page").Message} Message
 */

/** @param {Message | undefined} message */
export const isRunning = (message) => message?.role === "assistant" && (message.status === "pending" || message.status === "streaming");

/** Whether more of it is to come: it is being written, or what was missed of it is being fetched. @param {Message} message */
export const isGrowing = (message) => isRunning(message) || Boolean(message.missing);

/** Whether it stands for a file that the user attached. @param {import("page").Part} part */
export const isFile = ({ type }) => type === "image" || type === "file";

/** Whether it is a call of a program's function, or what one gave back. @param {import("page").Part} part */
export const isCalled = ({ type }) => type === "tool_call" || type === "tool_result";

/** Whether it is words for the reader. @param {import("page").Part} part */
export const isSaid = (part) => Boolean(part.text) && part.type !== "reasoning" && !isCalled(part);

/**
 * A message that only this page knows of so far.
 *
 * @param {Partial<Message> & Pick<Message, "id" | "role" | "status">} fields
 * @returns {Message}
 */
export function localMessage(fields) {
  return {
    conversation: null,
    parent: null,
    parts: [],
    end: 0,
    siblings: [fields.id],
    model: "",
    note: null,
    prompt: null,
    finish_reason: "",
    error: null,
    usage: null,
    created: new Date().toISOString(),
    started: null,
    first_token: null,
    finished: null,
    local: true,
    ...fields,
  };
}
