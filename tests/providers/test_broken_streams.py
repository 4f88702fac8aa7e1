"""An answer is complete only when the provider says so. Any other end of a stream interrupts it."""

import pytest

from conversations.providers import clients, streams
from conversations.providers.endpoint import Api
from conversations.providers.errors import ProviderError
from conversations.providers.opening import open_stream
from conversations.providers.parts import Delta, Finish
from tests.support import scripted_openai as scripted
from tests.support.provider_stream import REQUEST, failure, on_both_wires, parts, provider, until_failure
from tests.support.scripted_openai import Event, Gate, Hangup, Hold, Raw, Reset, Stay, Step, Text

BREAKS: dict[str, tuple[Step, ...]] = {
    "reset": (Reset(),),
    "early end": (Hangup(),),
    "clean end": (),
    "half an event": (Raw(b'data: {"choices": [{"delta"'),),
}


@on_both_wires
@pytest.mark.parametrize("way", BREAKS)
async def test_what_had_arrived_is_yielded_and_then_the_interruption(api: Api, way: str) -> None:
    async with provider(api) as (server, endpoint):
        server.script(Text("Half an "), Text("answer"), scripted.Wait(0.02), *BREAKS[way])
        seen, error = await until_failure(endpoint)
        assert error.kind == "interrupted"
        assert "".join(part.text for part in seen if isinstance(part, Delta)) == "Half an answer"


@on_both_wires
async def test_an_empty_stream(api: Api) -> None:
    async with provider(api) as (server, endpoint):
        server.script()
        assert (await failure(endpoint)).kind == "interrupted"


async def test_an_end_without_framing_still_needs_a_finish() -> None:
    async with provider("chat_completions") as (server, endpoint):
        server.script(Text("Hi"), chunked=False)
        assert (await failure(endpoint)).kind == "interrupted"
        server.script(Text("Hi"), scripted.Finish(), chunked=False)
        assert (await parts(endpoint))[-1] == Finish("stop")


@pytest.mark.parametrize("after", [(), (Reset(),), (Hangup(),), (Raw(b"data: nonsense"), Hangup())])
async def test_after_the_finish_nothing_more_is_needed(after: tuple[Step, ...]) -> None:
    async with provider("chat_completions") as (server, endpoint):
        server.script(Text("Hi"), Event({"choices": [{"delta": {}, "finish_reason": "stop"}]}), scripted.Wait(0.02), *after)
        assert await parts(endpoint) == [Delta("text", "Hi"), Finish("stop")]


async def test_a_finished_answer_does_not_wait_for_its_usage_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "USAGE_SECONDS", 0.1)
    async with provider("chat_completions") as (server, endpoint):
        server.script(Text("Hi"), Event({"choices": [{"delta": {}, "finish_reason": "stop"}]}), Stay())
        assert await parts(endpoint) == [Delta("text", "Hi"), Finish("stop")]


async def test_the_error_is_raised_once() -> None:
    async with provider("chat_completions") as (server, endpoint):
        server.script(Text("Hi"), Hangup())
        async with open_stream(endpoint, REQUEST) as stream:
            with pytest.raises(ProviderError):
                async for _ in stream:
                    pass
            assert [batch async for batch in stream] == []


@on_both_wires
async def test_closing_the_clients_interrupts_what_still_streams(api: Api) -> None:
    gate = Gate()
    async with provider(api) as (server, endpoint):
        server.script(Text("Hi"), Hold(gate))
        async with open_stream(endpoint, REQUEST) as stream:
            await anext(stream)
            await clients.close_all()
            with pytest.raises(ProviderError) as caught:
                await anext(stream)
        assert caught.value.kind == "interrupted"
        await server.requests[0].client_left(1)
