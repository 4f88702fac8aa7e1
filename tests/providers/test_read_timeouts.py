"""A provider may be silent for so long after what it last sent, however long it was heard before."""

import time
from dataclasses import replace

import pytest

from conversations.providers.endpoint import Endpoint
from conversations.providers.errors import ProviderError
from conversations.providers.opening import open_stream
from conversations.providers.parts import Delta, Part
from tests.support.provider_stream import REQUEST, provider
from tests.support.scripted_openai import Stay, Text, Wait

PATIENCE = 0.5


@pytest.mark.parametrize("pause", [0.01, 0.2])
async def test_each_read_begins_the_time_again(pause: float) -> None:
    async with provider("chat_completions") as (server, usual):
        endpoint = replace(usual, first_token_seconds=PATIENCE, next_token_seconds=PATIENCE)
        server.script(*(step for number in range(6) for step in (Text(str(number)), Wait(pause))), Stay())
        said: list[Part] = []
        start = time.monotonic()
        with pytest.raises(ProviderError) as failed:
            await read(endpoint, said)
        assert failed.value.kind == "timeout"
        assert "".join(part.text for part in said if isinstance(part, Delta)) == "012345"
        assert time.monotonic() - start >= 5 * pause + PATIENCE * 0.9


async def read(endpoint: Endpoint, into: list[Part]) -> None:
    async with open_stream(endpoint, REQUEST) as stream:
        async for batch in stream:
            into += batch
