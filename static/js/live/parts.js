import { root } from "dom";
import { TOO_BIG } from "live/close-codes";
import { ConnectionNotice, whyUnsent } from "live/connection-notice";
import { Incoming } from "live/incoming";
import { Outbox } from "live/outbox";
import { Socket } from "live/socket";

/** What speaks with the server. @param {import("parts").Parts} parts @returns {import("parts").LiveParts} */
export function liveParts(parts) {
  const { page, entries } = parts;
  const outbox = new Outbox(page.user.id, page.max_message_characters);
  const incoming = new Incoming(parts);
  const socket = new Socket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${root}ws/`, {
    onframe: (frame) => incoming.receive(frame),
    onstate(connectionState) {
      connection.show(connectionState);
      parts.pane.setUnsent(whyUnsent(connectionState));
      if (connectionState.name === "waiting" && connectionState.code === TOO_BIG) parts.unanswered.longestRefused();
    },
    needed: () => entries.running,
  });
  const connection = new ConnectionNotice(
    () => socket.now(),
    () => location.assign(`${root}accounts/login/?next=${encodeURIComponent(location.pathname)}`),
  );
  return { outbox, socket, connection, incoming };
}
