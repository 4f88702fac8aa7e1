/** What the page gets from the server beside the socket, and what it keeps for itself. */

import type { Entry, Message as ServedMessage, Part as ServedPart, Warning } from "protocol";

/** `pieces`: what this page has added to the text. */
export type Part = ServedPart & { pieces?: string[] };

export type Message = Omit<ServedMessage, "conversation" | "parts"> & {
  conversation: string | null;
  parts: Part[];
  /** Stays the same for as long as the page shows it. */
  key?: string;
  /** The server doesn't know of it yet. */
  local?: boolean;
  /** It has ended, and not all of it has arrived: it is being fetched. */
  missing?: boolean;
  /** Why it takes longer. */
  retrying?: string;
  /** How far a picture has come that is being made. */
  preview?: string;
};

/** What is switched on and off by itself, as conversations/models/switches.py names it. */
export type Switch = "files" | "images" | "pictures" | "dictation" | "read_aloud" | "speech_to_speech";

export type Prompt = {
  id: string;
  slug: string;
  name: string;
  /** Where it isn't the live version; `name` says so, too. */
  label: string;
  description: string;
  starters: string[];
  is_default: boolean;
  choice: Choice | null;
  /** Whether its own model takes images; null: unknown. */
  sees: boolean | null;
  /** Whether it has variables. */
  asks: boolean;
  /** Names of what can't be done in conversations with it. */
  off: Switch[];
};

/** A variable of a prompt, as a form asks for it. */
export type Variable = {
  name: string;
  type: "text" | "long_text" | "number" | "choice" | "date" | "yes_no";
  label: string;
  help: string;
  required: boolean;
  default: Value | null;
  choices: string[];
  max_characters: number | null;
};

export type Value = string | number | boolean;

export type Variables = { variables: Variable[]; values: Record<string, Value> };

/** What may be chosen for a prompt: `models` beside its `own` one (empty: whichever its provider asks first), and whether a reasoning effort. */
export type Choice = { own: string; models: string[]; effort: boolean };

/** What the user has chosen and not sent yet; null: nothing, "": the prompt's own. */
export type Picked = { model: string | null; effort: string | null };

/** The end of a conversation's path, or a part of it; `older`: whether messages come before it. */
export type Messages = { messages: Message[]; older: boolean };

export type Excerpt = Messages & { conversation: Entry };

/** A message, or a conversation by its title alone, that has what was searched for. Hits are code points: from, to. */
export type Found = {
  conversation: string;
  message: string | null;
  role: "user" | "assistant" | null;
  title: string;
  title_hits: [number, number][];
  excerpt: string;
  excerpt_hits: [number, number][];
  created: string;
};

/** Bytes of a file, and files of a message. */
export type FileBounds = { max_bytes: number; per_message: number };

/** Of one recording. */
export type DictationBounds = { max_bytes: number; max_seconds: number };
/** A model that makes pictures, and what may be wished of it. `prices`: about how many US dollars one costs, by "size quality". */
export type PictureOffer = {
  model: string;
  sizes: string[];
  qualities: string[];
  backgrounds: string[];
  most: number;
  masks: boolean;
  prices: Record<string, number>;
};

export type Page = Messages & {
  user: { id: string; name: string; staff: boolean };
  embedded: boolean;
  conversation: Entry | null;
  prompts: Prompt[];
  /** By model: the reasoning efforts that it takes. */
  efforts: Record<string, string[]>;
  /** By model that may be chosen: whether it takes images, where that is known. */
  sees: Record<string, boolean>;
  prompt: string | null;
  conversations: Entry[];
  /** The cursor behind the last of `conversations`. */
  more: string | null;
  warnings: Warning[];
  /** Code points. */
  max_message_characters: number;
  /** null: no files can be attached. */
  files: FileBounds | null;
  /** null: nothing transcribes what is dictated. */
  dictation: DictationBounds | null;
  pictures: PictureOffer[];
  /** Names of what can't be done on this site. */
  off: Switch[];
  /** Whether a model reads answers aloud. */
  speaks: boolean;
  /** null: no model talks in speech to speech. Else the address of what samples the microphone. */
  talks: { worklet: string } | null;
};
