"""What was said in talks when their process ends: a drain cuts short what is still transcribed, and lets be saved what is known."""

from __future__ import annotations

import asyncio

import pytest

from conversations.processes import talks
from conversations.processes.talks import Talks


async def test_known_words_are_saved_while_a_drain_cuts_transcriptions_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talks, "MAX_ENDING_SECONDS", 0.01)
    of_process, saved = Talks(asyncio.create_task), []
    is_cut_short = asyncio.Event()

    async def known() -> None:
        await is_cut_short.wait()  # the database is slow
        saved.append("known")

    async def save_nothing() -> None:
        saved.append("not understood")

    async def transcribed() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            of_process.save(save_nothing())
            is_cut_short.set()

    of_process.save(known())
    of_process.transcribe(transcribed())
    await asyncio.sleep(0)
    await of_process.end()
    assert sorted(saved) == ["known", "not understood"]
