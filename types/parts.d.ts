/** The parts of the chat page. Each is made in its room's `parts.js`, and is told of others only what its handlers say. */

import type { Attachments } from "attachments/attachments";
import type { Composer } from "composer/composer";
import type { Drafts } from "composer/drafts";
import type { Options } from "composer/options";
import type { Changes } from "conversation/changes";
import type { Commands } from "conversation/commands";
import type { Excerpts } from "conversation/excerpts";
import type { OpenConversation } from "conversation/open-conversation";
import type { Reception } from "conversation/reception";
import type { Unanswered } from "conversation/unanswered";
import type { ConnectionNotice } from "live/connection-notice";
import type { Incoming } from "live/incoming";
import type { Outbox } from "live/outbox";
import type { Socket } from "live/socket";
import type { Menus } from "menus";
import type { LazyPane } from "messages/lazy-pane";
import type { Navigation } from "navigation";
import type { Page } from "page";
import type { PictureWishes } from "pictures/wishes";
import type { Problem } from "problem";
import type { Warning } from "protocol";
import type { Entries } from "sidebar/entries";
import type { ConversationList } from "sidebar/list";
import type { Sidebar } from "sidebar/sidebar";

export type AroundParts = {
  page: Page;
  problem: Problem;
  sidebar: Sidebar;
  entries: Entries;
  /** Tell of something that did not work; `code`: why, `resets`: when that is over. */
  say: (detail: string, code?: string, resets?: string) => void;
  /** Tell that a budget is nearly used up. */
  warn: (warnings: Warning[]) => void;
};
export type WritingParts = { drafts: Drafts; attachments: Attachments; composer: Composer; options: Options; wishes: PictureWishes };
export type LiveParts = { outbox: Outbox; socket: Socket; connection: ConnectionNotice; incoming: Incoming };
export type ConversationParts = {
  commands: Commands;
  unanswered: Unanswered;
  excerpts: Excerpts;
  changes: Changes;
  reception: Reception;
  conversation: OpenConversation;
};
export type SidebarParts = {
  navigation: Navigation;
  list: ConversationList;
  menus: Menus;
  /** Open a conversation at one of its messages. */
  go: (id: string, message: string | null) => Promise<void>;
};
export type Parts = AroundParts & WritingParts & LiveParts & ConversationParts & SidebarParts & { pane: LazyPane };
