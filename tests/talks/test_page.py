"""What a talk sends to its page is in one order, is dropped when the user speaks, and is bounded where the page is slow."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from conversations.talks import page as pages
from conversations.talks.events import Events
from conversations.talks.link import Link
from conversations.talks.page import Page, TooSlow


class Slow:
    """Takes something each time it is let."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.may = asyncio.Semaphore(0)

    async def transmit(self, message: dict[str, Any]) -> None:
        await self.may.acquire()
        self.taken += message.values()


async def test_what_was_not_heard_yet_is_dropped_and_what_is_told_is_not() -> None:
    slow = Slow()
    page = Page(slow.transmit)
    sending = asyncio.ensure_future(page.send())
    page.tell({"type": "speaking"})
    await page.play(b"sound")
    page.tell({"type": "caption"})
    page.silence()
    page.tell({"type": "speech"})
    page.end()
    for _ in range(3):
        slow.may.release()
    await sending
    assert slow.taken == ['{"type":"speaking"}', '{"type":"caption"}', '{"type":"speech"}']


async def test_who_begins_to_speak_is_not_played_what_waits() -> None:
    """And what they say is kept until it is a turn, not only while they speak."""
    slow = Slow()
    page = Page(slow.transmit)
    events = Events(cast("Any", None), page, Link())  # no turn has begun
    await page.play(b"sound")
    await events.take({"type": "input_audio_buffer.speech_started"}, bytes)
    await events.take({"type": "input_audio_buffer.speech_stopped"}, bytes)
    page.end()
    slow.may.release()
    slow.may.release()
    await page.send()
    assert slow.taken == ['{"type":"speech","state":"begun"}', '{"type":"speech","state":"ended"}']
    assert (events.is_speaking, events.is_uttering) == (False, True)


async def test_a_slow_page_makes_the_provider_wait_and_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_QUEUED_BYTES", 4)
    slow = Slow()
    page = Page(slow.transmit)
    sending = asyncio.ensure_future(page.send())
    try:
        await page.play(b"1234")
        await asyncio.sleep(0)  # it is being sent
        playing = asyncio.ensure_future(page.play(b"56789"))
        await asyncio.sleep(0)
        assert not playing.done()
        slow.may.release()
        await playing
        monkeypatch.setattr(pages, "STALLED_SECONDS", 0.01)
        with pytest.raises(TooSlow):
            await page.play(b"123456")
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
