"""A provider may be silent for so long after what it last sent, however long it was heard before."""

import asyncio
from dataclasses import replace

import pytest

from conversations.providers.endpoint import Endpoint
from conversations.providers.errors import ProviderError
from conversations.providers.opening import open_stream
from conversations.providers.parts import Delta, Part
from tests.support.loop_clock import LoopClock
from tests.support.provider_stream import REQUEST, provider
from tests.support.scripted_openai import Gate, Hold, Stay, Text

PATIENCE_SECONDS = 300.0
"""By the loop's clock, which is put forward: what a busy machine takes is little beside it."""


@pytest.mark.parametrize("pause_seconds", [10.0, 200.0])
async def test_each_read_begins_the_time_again(pause_seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    gates = [Gate() for _ in range(6)]
    async with provider("chat_completions") as (server, usual):
        endpoint = replace(usual, first_token_seconds=PATIENCE_SECONDS, next_token_seconds=PATIENCE_SECONDS)
        server.script(*(step for number, gate in enumerate(gates) for step in (Text(str(number)), Hold(gate))), Stay())
        clock = LoopClock(monkeypatch)
        said: list[Part] = []
        reading = asyncio.create_task(read(endpoint, said))
        for number, gate in enumerate(gates):
            await heard(said, str(number), reading)
            clock.passed += pause_seconds
            await asyncio.sleep(0.05)  # for a timer that is due
            gate.open()
        clock.passed += PATIENCE_SECONDS - pause_seconds - 50
        await asyncio.sleep(0.05)
        assert not reading.done()
        clock.passed += 50
        with pytest.raises(ProviderError) as failed:
            await asyncio.wait_for(reading, 30)
    assert failed.value.kind == "timeout"
    assert text_of(said) == "012345"


async def read(endpoint: Endpoint, into: list[Part]) -> None:
    async with open_stream(endpoint, REQUEST) as stream:
        async for batch in stream:
            into += batch


async def heard(said: list[Part], end: str, reading: asyncio.Task[None]) -> None:
    while not text_of(said).endswith(end):
        assert not reading.done()
        await asyncio.sleep(0.01)


def text_of(said: list[Part]) -> str:
    return "".join(part.text for part in said if isinstance(part, Delta))
