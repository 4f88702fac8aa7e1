"""A paused stream leaves its bytes to the kernel, and always resumes."""

import asyncio
from dataclasses import replace

import pytest

from conversations.providers import bounded_transport, streams
from conversations.providers.byte_stream import AiohttpByteStream, byte_stream
from conversations.providers.endpoint import Api
from conversations.providers.errors import ProviderError
from conversations.providers.opening import open_stream
from conversations.providers.parts import Delta, Finish, Part
from tests.support import scripted_openai as scripted
from tests.support.loop_clock import LoopClock
from tests.support.provider_stream import REQUEST, on_both_wires, parts, provider
from tests.support.scripted_openai import Gate, Hold, Text


@on_both_wires
async def test_what_comes_during_a_pause_arrives_at_once(api: Api) -> None:
    gate, after = Gate(), Gate()
    async with provider(api) as (server, endpoint):
        server.script(Text("One "), Hold(gate), *(Text(f"{number} ") for number in range(20)), Hold(after), scripted.Finish())
        async with open_stream(endpoint, REQUEST) as stream:
            assert await anext(stream) == [Delta("text", "One ")]
            stream.pause()
            stream.pause()
            gate.open()
            following = asyncio.ensure_future(anext(stream))
            await after.reached()
            await asyncio.sleep(0.05)
            assert not following.done()
            stream.resume()
            stream.resume()
            assert await following == [Delta("text", "".join(f"{number} " for number in range(20)))]
            after.open()
            assert [part async for batch in stream for part in batch][-1] == Finish("stop")


@on_both_wires
async def test_pausing_after_every_batch_loses_nothing(api: Api) -> None:
    words = [Text(f"{number} ") for number in range(200)]
    async with provider(api) as (server, endpoint):
        server.script(*words, scripted.Finish())
        seen: list[Part] = []
        async with open_stream(endpoint, REQUEST) as stream:
            async for batch in stream:
                seen += batch
                stream.pause()
                asyncio.get_running_loop().call_later(0.005, stream.resume)
        assert "".join(part.text for part in seen if isinstance(part, Delta)) == "".join(word.text for word in words)


async def test_a_pause_at_the_end_does_not_stop_the_next_answer_on_the_connection() -> None:
    async with provider("chat_completions") as (_, endpoint):
        for _ in range(3):
            async with open_stream(endpoint, REQUEST) as stream:
                async for _batch in stream:
                    stream.pause()
                    asyncio.get_running_loop().call_later(0.01, stream.resume)
                stream.pause()
            stream.pause()
            stream.resume()
        assert (await parts(endpoint))[-1] == Finish("stop")


async def test_leaving_while_paused() -> None:
    gate = Gate()
    async with provider("chat_completions") as (server, endpoint):
        server.script(Text("One"), Hold(gate))
        async with open_stream(endpoint, REQUEST) as stream:
            await anext(stream)
            stream.pause()
        stream.resume()
        await server.requests[0].client_left(1)


async def test_pauses_are_not_counted_as_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = LoopClock(monkeypatch)
    async with provider("chat_completions") as (server, usual):
        gates = [Gate() for _ in range(4)]
        server.script(*(step for gate in gates for step in (Text("and "), Hold(gate))), scripted.Finish())
        async with open_stream(replace(usual, next_token_seconds=100), REQUEST) as stream:
            for gate in gates[:3]:
                assert await anext(stream) == [Delta("text", "and ")]
                stream.pause()
                clock.passed += 1000
                await asyncio.sleep(0.01)
                stream.resume()
                clock.passed += 50
                await asyncio.sleep(0.01)
                gate.open()
            assert await anext(stream) == [Delta("text", "and ")]
            following = asyncio.ensure_future(anext(stream))
            await asyncio.sleep(0.01)
            clock.passed += 1000
            with pytest.raises(ProviderError, match="took too long"):
                await following


async def test_the_transport_is_found() -> None:
    """An upgrade of the client library that hides its transport would silently cost speed: notice it here."""
    async with provider("chat_completions") as (_, endpoint), open_stream(endpoint, REQUEST) as stream:
        assert stream._response is not None
        assert isinstance(byte_stream(stream._response), AiohttpByteStream)


async def test_a_parser_that_does_not_wait_is_not_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    """aiohttp would wake it for each piece that is read, which takes longer than reading it."""
    woken: list[bool] = []
    receive = bounded_transport._Protocol.data_received

    def received(protocol: bounded_transport._Protocol, data: bytes) -> None:
        if not data:
            woken.append(protocol._reading_paused)
        receive(protocol, data)

    monkeypatch.setattr(bounded_transport._Protocol, "data_received", received)
    async with provider("chat_completions") as (server, endpoint):
        server.script(*(Text(f"{number} ") for number in range(20)), Text("a" * 2_000_000), Text("the end"), scripted.Finish())
        said = "".join(part.text for part in await parts(endpoint) if isinstance(part, Delta))
    assert len(said) == len("".join(f"{number} " for number in range(20))) + 2_000_000 + len("the end")
    assert len(woken) <= 10, "Only after the pauses that so long a text brings."


@on_both_wires
async def test_any_other_transport_is_read_without_pauses(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from conversations.providers.byte_stream import ByteStream

    monkeypatch.setattr(streams, "byte_stream", ByteStream)
    async with provider(api) as (server, endpoint):
        server.script(Text("a"), Text("b"), scripted.Finish())
        async with open_stream(endpoint, REQUEST) as stream:
            stream.pause()
            seen = [part async for batch in stream for part in batch]
        assert "".join(part.text for part in seen if isinstance(part, Delta)) == "ab"
        assert seen[-1] == Finish("stop")
