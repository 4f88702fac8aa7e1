"""The WebSocket of a page that talks in speech: sound both ways in binary frames, and what is told of it in text frames."""

from __future__ import annotations

import asyncio
import uuid
from time import monotonic
from typing import Any

from channels.db import database_sync_to_async

from conversations.broadcast import frames
from conversations.commands import spoken
from conversations.commands.refusals import Refused, SignedOut
from conversations.talks import sentences
from conversations.talks.page import Page, TooSlow
from conversations.talks.talk import Talk
from conversations.talks.turns import Who

from . import talk_frames
from .command_frames import Command
from .connection import Connection
from .consumer import ChatConsumer
from .dispatch import Sender, carry_out

BYTES_PER_SECOND = 48_000
MOST_EARLY_SECONDS = 10.0
"""So much sound may come at once, after a break in the network; in the long run it comes as it is heard."""
LARGEST_SOUND = 96_000
"""Bytes of one frame: two seconds."""
SIGNED_OUT, TOO_SLOW, OVER, RESTARTING = 4401, 4408, 1000, 1012
LAST_FRAMES_SECONDS = 5.0


class TalkConsumer(ChatConsumer):
    """One talk. It belongs to its page, and ends with the connection; its answers are saved as any others."""

    _talk: Talk | None = None
    _page: Page
    _began = 0.0
    _bytes = 0

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        try:
            await super().__call__(scope, receive, send)
        finally:
            if self._talk is not None:
                self._talk.end()
                self._page.end()

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        sound = message.get("bytes")
        if sound is None:
            await super().websocket_receive(message)
        elif self._talk is not None and self.connection is not None and self.connection.takes_commands and self._is_in_time(len(sound)):
            await self._talk.hear(sound)

    async def carry_out(self, connection: Connection, text: str | bytes | None, oversized: dict[str, Any] | None) -> int | None:
        return await carry_out(text, connection, self._rate, oversized, parse=talk_frames.parse, dispatch=self._dispatch)

    async def _dispatch(self, command: Command, sender: Sender) -> None:
        fields = command.fields
        if command.type == "played":
            if self._talk is not None:
                await self._talk.was_played(fields["item"], fields["milliseconds"])
            return
        if self._talk is not None:
            raise Refused("busy", "This talk has begun already.")
        if sender.supervisor.is_draining:
            raise Refused("draining", sentences.DRAINING)
        opening, owner_id = await database_sync_to_async(_opening)(sender, fields)
        if self.connection is None or self.connection.closed:
            return
        self._page, self._began = Page(self._transmit_either), monotonic()
        self._talk = Talk(opening, Who(owner_id, sender.session.signed_in), sender.supervisor, self._page)
        sender.supervisor.talks.follow(self._follow(self._talk, self._page, self.connection))

    async def _follow(self, talk: Talk, page: Page, connection: Connection) -> None:
        sending = asyncio.ensure_future(page.send())
        code = OVER
        try:
            page.tell(await talk.run())
        except SignedOut:
            code = SIGNED_OUT
        except TooSlow:
            code = TOO_SLOW
            sending.cancel()
        except asyncio.CancelledError:
            code = RESTARTING
            raise
        except Exception:
            page.tell(frames.error("internal", "Something went wrong on the server. Talk again.", None))
            raise
        finally:
            page.end()
            await asyncio.wait([sending], timeout=LAST_FRAMES_SECONDS)
            sending.cancel()
            if not connection.closed:
                await connection.close(code)

    def _is_in_time(self, size: int) -> bool:
        """Sound that comes faster than it can be heard was never heard, and would be paid for."""
        if size > LARGEST_SOUND or size % 2 or self._bytes + size > (monotonic() - self._began + MOST_EARLY_SECONDS) * BYTES_PER_SECOND:
            return False
        self._bytes += size
        return True

    async def _transmit_either(self, message: dict[str, Any]) -> None:
        await self.base_send({"type": "websocket.send", **message})


def _opening(sender: Sender, fields: dict[str, Any]) -> tuple[spoken.Opening, uuid.UUID]:
    """Synchronous. Raises SignedOut, and Refused where the user may not talk there."""
    user = sender.session.signed_in()
    return spoken.opening(user, conversation_id=fields["conversation"], prompt=fields["prompt"], variables=fields["variables"]), user.pk
