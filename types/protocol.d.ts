/**
 * The socket's frames (server → client) and commands (client → server), as docs/protocol.md describes them and
 * conversations/broadcast/frames.py and conversations/live/command_frames.py build and read them. Ids are UUIDs and times ISO 8601, both as strings.
 */

export type Status = "pending" | "streaming" | "complete" | "stopped" | "interrupted" | "failed";

export type Kind = "text" | "reasoning" | "refusal" | "tool_call";

/** Of a function that a program has. */
export type Call = { id: string; name: string };

/** A page that an answer cites. `title` may be empty. */
export type Source = { url: string; title: string };

/** `seconds`: how long the model reasoned, once it has gone on to the text. */
export type Part = {
  /** Pages that the text cites. */
  sources?: Source[];
  /** Images and files stand for those of a user's message, and come before its text; an image of an answer was made. */
  type: Kind | "tool_result" | "image" | "file";
  /** Of a call and its result, with its name; `text` are the arguments, and what it gave back. */
  id?: string;
  /** Not of files. */
  text?: string;
  seconds?: number;
  /** The id in /files/<id>/. */
  file?: string;
  name?: string;
  /** Of an image, in pixels. */
  width?: number | null;
  height?: number | null;
  /** Of an image: tokens of the text on it, which models that do not see are given. */
  recognised?: number;
  /** Of an image that was made: what it was made of. */
  alt?: string;
  /** Of a file: its user deleted it, and it can't be had any more. */
  deleted?: true;
  /** Of another file. */
  content_type?: string;
  size?: number;
};

/** Tokens; null where the provider did not count them. `estimated`: counted here, not by the provider. */
export type Usage = {
  input_tokens: number | null;
  cached_tokens: number | null;
  output_tokens: number | null;
  reasoning_tokens: number | null;
  estimated: boolean;
};

export type ErrorKind =
  | "rate_limit"
  | "quota"
  | "key"
  | "permission"
  | "model"
  | "context"
  | "images"
  | "content_filter"
  | "timeout"
  | "network"
  | "address"
  | "proxy"
  | "provider"
  | "request"
  | "parameter"
  | "interrupted"
  | "lost"
  | "down"
  | "unavailable"
  | "internal";

/** Why a reply failed. `retry_at`: when the provider takes requests again, where that is known. */
export type Failure = { kind: ErrorKind; detail: string; retry_at: string | null };

export type FeedbackTag = "wrong" | "not_helpful" | "too_long" | "refused" | "unsafe";

/** What the user says of an answer; only a thumb down has tags. */
export type Feedback = { thumb: "up" | "down"; tags: FeedbackTag[]; words: string };

export type Message = {
  id: string;
  conversation: string;
  parent: string | null;
  role: "user" | "assistant";
  status: Status;
  parts: Part[];
  end: number;
  /** The alternatives at its place, itself included, oldest first. */
  siblings: string[];
  model: string;
  /** How it came about, for the user. */
  note: string | null;
  prompt: { name: string; version: number } | null;
  finish_reason: string;
  error: Failure | null;
  usage: Usage | null;
  created: string;
  started: string | null;
  first_token: string | null;
  finished: string | null;
  /** Left out where it isn't new. */
  feedback?: Feedback | null;
};

/** A conversation's row in the list. */
export type Entry = {
  conversation: string;
  title: string;
  updated: string;
  pinned: boolean;
  archived: boolean;
  running: boolean;
  prompt: string | null;
  /** What its user chose; null: the prompt's own. */
  model: string | null;
  effort: string | null;
};

/** Of a budget; `level` is a share in per cent, `key` stays the same until the next level. */
export type Warning = { key: string; level: number; detail: string };

// Server → client

export type Ready = { type: "ready"; user: string; version: string };
export type Pong = { type: "pong"; id: string | null };
/** `id` is the command's; `message` the user's message, `reply` the assistant's. */
export type Accepted = { type: "accepted"; id: string; conversation: string; message: string; reply: string; notice?: string };
export type MessageFrame = { type: "message"; conversation: string; message: Message };
/** `retrying`: the detail of the `retrying` frame that still holds. */
export type Snapshot = {
  type: "snapshot";
  conversation: string;
  message: string;
  status: Status;
  parts: Part[];
  end: number;
  retrying?: string;
  /** How far a picture has come that is being made. */
  preview?: string;
  /** The user's, of an answer that has ended; only as the answer to `watch`. */
  feedback?: Feedback | null;
};
/** How far a picture has come that is being made: an address with the data in it. */
export type Preview = { type: "preview"; conversation: string; message: string; image: string };
/** `offset` and `end` are positions in the reply's output; conversation/offsets has the rule for them. */
export type Delta = {
  type: "delta";
  conversation: string;
  message: string;
  part: number;
  kind: Kind;
  text: string;
  offset: number;
  end: number;
  /** Present where a call begins. */
  call?: Call;
};
export type Retrying = { type: "retrying"; conversation: string; message: string; kind: ErrorKind; detail: string; seconds: number };
export type Finished = {
  type: "finished";
  conversation: string;
  message: string;
  status: Status;
  end: number;
  usage: Usage | null;
  error: Failure | null;
  finish_reason: string;
  model: string;
  note: string | null;
  started: string | null;
  finished: string | null;
  /** Present where its text cites pages. */
  sources?: Source[];
  /** Present where a budget has passed a level. */
  warnings?: Warning[];
};
export type ConversationChanged = { type: "conversation"; removed?: undefined } & Entry;
export type ConversationRemoved = { type: "conversation"; conversation: string; removed: true };
/** These messages were deleted. */
export type Branch = { type: "branch"; conversation: string; removed: string[] };
/** null: it was taken back. */
export type FeedbackFrame = { type: "feedback"; conversation: string; message: string; feedback: Feedback | null };
export type ErrorFrame = {
  type: "error";
  /** The command's, where it had one that could be read. */
  id: string | null;
  code:
    | "bad_frame"
    | "unknown_command"
    | "too_large"
    | "too_many"
    | "invalid"
    | "cannot_see"
    | "not_found"
    | "busy"
    | "limit"
    | "draining"
    | "unavailable"
    | "internal";
  detail: string;
  /** When the limit that refused the command resets, where that is known. */
  resets?: string;
};

export type Frame =
  | Ready
  | Pong
  | Accepted
  | MessageFrame
  | Snapshot
  | Delta
  | Retrying
  | Preview
  | Finished
  | ConversationChanged
  | ConversationRemoved
  | Branch
  | FeedbackFrame
  | ErrorFrame;

/** What the server tells of one conversation's messages to everyone who watches it. */
export type MessagesFrame = MessageFrame | Snapshot | Delta | Retrying | Preview | Finished | Branch | FeedbackFrame;

// Client → server

/** Pictures that are to be made; what is left out is left to the model. */
export type Wish = { model?: string; number?: number; size?: string; quality?: string; background?: string; mask?: string };

export type Watch = { type: "watch"; id?: string; conversation: string };
export type Unwatch = { type: "unwatch"; id?: string; conversation: string };
/** `conversation` is null for a new one, `parent` for its first message. `attachments` are ids of files. */
export type Send = {
  type: "send";
  id: string;
  conversation: string | null;
  parent: string | null;
  text: string;
  /** null: none. */
  attachments: string[] | null;
  prompt: string | null;
  model: string | null;
  effort: string | null;
  /** For the variables of the prompt; null: as given before. */
  variables: Record<string, string | number | boolean> | null;
  /** What pictures are to be made, in place of an answer; null: an answer. */
  picture: Wish | null;
};
export type Edit = {
  type: "edit";
  id: string;
  message: string;
  text: string;
  /** null: those of the message. */
  attachments: string[] | null;
  model: string | null;
  effort: string | null;
};
export type Regenerate = { type: "regenerate"; id: string; message: string; model: string | null; effort: string | null };
export type Continue = { type: "continue"; id: string; message: string };
export type Stop = { type: "stop"; id?: string; message: string };
export type Ping = { type: "ping"; id?: string };

/** Answered by `accepted` or `error`; the server carries each id out once, however often it comes. */
export type AnsweredCommand = Send | Edit | Regenerate | Continue;

/** A command before it gets its id. */
export type WithoutId<Kind> = Kind extends unknown ? Omit<Kind, "id"> : never;

export type Command = AnsweredCommand | Watch | Unwatch | Stop | Ping;
