"""A background response runs without a reader: it is taken up exactly where reading stopped, and cancelled when it is not needed."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from conversations.providers import responses
from conversations.providers.endpoint import Endpoint
from conversations.providers.errors import ProviderError
from conversations.providers.opening import open_stream
from conversations.providers.parts import Delta, Finish, Part, Usage
from conversations.providers.position import Position
from conversations.providers.responses import Response
from conversations.providers.streams import Stream
from tests.support import scripted_openai as scripted
from tests.support.provider_stream import KEY, REQUEST, parts, provider
from tests.support.scripted_openai import (
    Answer,
    Event,
    Gate,
    Hangup,
    Hold,
    Reasoning,
    Request,
    Reset,
    ScriptedOpenAI,
    Stay,
    Step,
    Text,
    failure,
)
from tests.support.turns import until_done

OPENAI = Endpoint("https://api.openai.com/v1", "responses", KEY, "m", 1000, "background")
END: tuple[Part, ...] = (Usage(11, 3, 7, 2), Finish("stop"))


@contextlib.asynccontextmanager
async def background() -> AsyncIterator[tuple[ScriptedOpenAI, Endpoint]]:
    async with provider("responses") as (server, endpoint):
        yield server, replace(endpoint, resume="background")


def joined(seen: Sequence[object]) -> list[tuple[str, str]]:
    """Kinds with their texts, neighbours of one kind together."""
    said: list[tuple[str, str]] = []
    for part in seen:
        if isinstance(part, Delta):
            if said and said[-1][0] == part.kind:
                said[-1] = (part.kind, said[-1][1] + part.text)
            else:
                said.append((part.kind, part.text))
    return said


async def rest(endpoint: Endpoint, position: Position | None) -> list[Part]:
    """What comes after a position that was stored as JSON in between."""
    assert position is not None
    stored = json.loads(json.dumps(position.to_json()))
    async with open_stream(endpoint, REQUEST, Position.from_json(stored)) as stream:
        return [part async for batch in stream for part in batch]


async def cancelled(server: ScriptedOpenAI, *ids: str) -> None:
    """Wait until these and no others were."""
    await until_done(lambda: server.cancelled == [*ids])


def test_what_is_asked() -> None:
    body = responses.body(OPENAI, REQUEST, set())
    assert (body["background"], body["store"], body["stream"]) == (True, True, True)
    other = responses.body(replace(OPENAI, resume=""), REQUEST, set())
    assert (other.get("background"), other["store"]) == (None, False)


SAID: list[Step] = [
    *(
        Event({"type": "response.reasoning_summary_text.delta", "summary_index": index // 2, "delta": f"Thought {index} "})
        for index in range(4)
    ),
    Text("a\ud83c"),
    Reasoning("Hm"),
    Text("\udf89b"),
    Event({"type": "response.output_text.delta", "output_index": 1, "content_index": 0, "delta": "Next "}),
    Event({"type": "response.output_text.delta", "output_index": 1, "content_index": 0, "delta": "message\ud83c"}),
    Event({"type": "response.refusal.delta", "output_index": 2, "content_index": 0, "delta": "No."}),
]


@pytest.mark.parametrize("count", range(1, 11))
async def test_another_stream_takes_up_where_one_was_left(count: int) -> None:
    async with background() as (server, endpoint):
        server.script(*SAID, scripted.Finish())
        whole = await parts(endpoint)
        steps = [step for said in SAID for step in (said, scripted.Wait(0.002))]
        server.script(*steps, scripted.Finish())
        seen: list[Part] = []
        async with open_stream(endpoint, REQUEST) as stream:
            assert stream.position is None
            for _ in range(count):
                seen += await anext(stream)
            stream.leave_running = True
        seen += await rest(endpoint, stream.position)
        assert joined(seen) == joined(whole)
        assert tuple(seen[-2:]) == END
        assert server.cancelled == []
        assert len(server.streams) == 2


async def test_it_goes_on_while_nobody_listens_and_is_followed_live() -> None:
    gate, later = Gate(), Gate()
    async with background() as (server, endpoint):
        server.script(Text("One "), Hold(gate), Text("two "), Hold(later), Text("three"), scripted.Finish())
        async with open_stream(endpoint, REQUEST) as stream:
            assert await anext(stream) == [Delta("text", "One ")]
            stream.leave_running = True
        await server.requests[0].client_left()
        gate.open()
        await later.reached()
        seen = []
        assert stream.position is not None
        async with open_stream(endpoint, REQUEST, stream.position) as second:
            assert second.position == stream.position
            async for batch in second:
                seen.append(batch)
                later.open()
        assert seen == [[Delta("text", "two ")], [Delta("text", "three"), *END]]
        taken_up = server.requests[-1]
        assert (taken_up.method, taken_up.query) == ("GET", {"stream": "true", "starting_after": "2"})
        assert taken_up.headers["authorization"] == f"Bearer {KEY}"


async def broken(stream: Stream, seen: list[Part]) -> ProviderError:
    """Read all that comes before the stream breaks."""
    try:
        async with stream:
            async for batch in stream:
                seen += batch
    except ProviderError as error:
        return error
    pytest.fail("It did not break.")


@pytest.mark.parametrize("trouble", [Hangup(), Reset()])
async def test_after_the_connection_broke(trouble: Step) -> None:
    async with background() as (server, endpoint):
        server.script(Text("One "), trouble, Text("two"), scripted.Finish())
        seen: list[Part] = []
        stream = open_stream(endpoint, REQUEST)
        assert (await broken(stream, seen)).kind == "interrupted"
        seen += await rest(endpoint, stream.position)
        assert joined(seen) == [("text", "One two")]
        assert server.cancelled == [], "What broke can be taken up."


async def test_the_end_can_be_read_again() -> None:
    async with background() as (server, endpoint):
        async with open_stream(endpoint, REQUEST) as stream:
            seen = [part async for batch in stream for part in batch]
        assert joined(seen) == [("text", "You said: Hello")]
        assert [type(part) for part in await rest(endpoint, stream.position)] == [Usage, Finish]


def test_a_server_that_starts_over_says_nothing_twice() -> None:
    reader = Response(OPENAI, Position("resp_1", 1, ("text", 0, None, None)))
    for event in numbered([("response.output_text.delta", 0, "One "), ("response.output_text.delta", 0, "two")]):
        reader.read(event)
    assert joined([*reader.deltas.take()]) == [("text", "two")]
    assert reader.finish == "stop"


async def test_the_whole_answer_is_no_continuation() -> None:
    async with background() as (server, endpoint):
        server.script(Text("One "), Stay())
        async with open_stream(endpoint, REQUEST) as stream:
            await anext(stream)
            stream.leave_running = True
        server.answer_with = lambda request: Answer(body=scripted.whole_answer("responses", "One two"))
        with pytest.raises(ProviderError, match="in one piece"):
            await rest(endpoint, stream.position)


async def test_an_answer_that_is_gone() -> None:
    async with background() as (server, endpoint):
        with pytest.raises(ProviderError) as caught:
            await rest(endpoint, Position("resp_../models?", 3))
        assert (caught.value.kind, caught.value.status) == ("request", 404)
        assert server.requests[0].path.startswith("/v1/responses/resp_..%2Fmodels%3F?")


async def test_the_other_api_takes_up_nothing() -> None:
    async with provider("chat_completions") as (server, endpoint):
        with pytest.raises(ProviderError):
            await rest(endpoint, Position("resp_1", 3))
        assert server.requests == []
        async with open_stream(replace(endpoint, resume="background"), REQUEST) as stream:
            async for _ in stream:
                assert stream.position is None
        assert "background" not in server.requests[0].body


async def read(endpoint: Endpoint, first: asyncio.Event, resume_at: Position | None = None) -> None:
    async with open_stream(endpoint, REQUEST, resume_at) as stream:
        async for _ in stream:
            first.set()


async def test_stopping_ends_it_at_the_provider() -> None:
    async with background() as (server, endpoint):
        server.script(Text("One "), Stay())
        first = asyncio.Event()
        task = asyncio.create_task(read(endpoint, first))
        await first.wait()
        task.cancel()
        await asyncio.wait({task})
        assert await server.requests[0].client_left(1) < 1
        await cancelled(server, "resp_1")
        assert server.background["resp_1"].status == "cancelled"


async def test_leaving_early_ends_it_at_the_provider() -> None:
    async with background() as (server, endpoint):
        server.script(Text("One "), Stay())
        async with open_stream(endpoint, REQUEST) as stream:
            await anext(stream)
        await cancelled(server, "resp_1")


@pytest.mark.parametrize("headers", [False, True], ids=["before the headers", "after them"])
@pytest.mark.parametrize("leave_running", [False, True], ids=["stopped", "handed over"])
async def test_leaving_what_was_taken_up(headers: bool, leave_running: bool) -> None:
    gate = Gate()
    async with background() as (server, endpoint):
        server.script(Text("One "), Stay())
        async with open_stream(endpoint, REQUEST) as stream:
            await anext(stream)
            stream.leave_running = True
        if not headers:
            server.answer_with = lambda request: Answer(before_headers=(Hold(gate),)) if request.method == "GET" else None
        second = open_stream(endpoint, REQUEST, stream.position)
        task = asyncio.create_task(broken(second, []))
        while len(server.requests) < 2:
            assert not task.done()
            await asyncio.sleep(0.002)
        await asyncio.sleep(0.02)
        second.leave_running = leave_running
        task.cancel()
        await server.requests[1].client_left()
        await cancelled(server, *([] if leave_running else ["resp_1"]))
    assert server.cancelled == ([] if leave_running else ["resp_1"])


@pytest.mark.parametrize("leave_running", [False, True])
async def test_stopping_before_the_headers(leave_running: bool) -> None:
    gate = Gate()
    async with background() as (server, endpoint):
        server.queue(Answer((Text("Hi"), Stay()), before_headers=(Hold(gate),)))
        stream = open_stream(endpoint, REQUEST)
        task = asyncio.create_task(stream.__aenter__())
        await gate.reached()
        stream.leave_running = leave_running
        task.cancel()
        await until_done(task.done, 1)
        assert task.cancelled()
        gate.open()
        await cancelled(server, "resp_1")


@pytest.mark.parametrize("leave_running", [False, True])
async def test_stopping_before_the_id_is_known(leave_running: bool) -> None:
    """No process could take it up, so it is cancelled even where it should continue."""
    gate = Gate()
    async with background() as (server, endpoint):
        server.script(Hold(gate), Event({"type": "response.created", "response": {"id": "resp_1"}}), Stay())
        stream = open_stream(endpoint, REQUEST)
        task = asyncio.create_task(broken(stream, []))
        await gate.reached()
        await asyncio.sleep(0.02)  # for the headers to arrive
        stream.leave_running = leave_running
        task.cancel()
        await until_done(task.done, 1)
        assert task.cancelled()
        gate.open()
        await cancelled(server, "resp_1")


async def test_an_answer_that_ended_is_not_cancelled() -> None:
    async with background() as (server, endpoint):
        await parts(endpoint)
        server.script(Text("One"), Event({"type": "response.failed", "response": {"error": {"message": "Oops"}}}))
        with pytest.raises(ProviderError):
            await parts(endpoint)
        await asyncio.sleep(0.05)
        assert server.cancelled == []


async def test_what_broke_can_be_cancelled() -> None:
    async with background() as (server, endpoint):
        server.script(Text("One "), Hangup(), Stay())
        stream = open_stream(endpoint, REQUEST)
        await broken(stream, [])
        await stream.cancel()
        assert server.cancelled == ["resp_1"]


async def test_a_cancellation_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def refuse(request: Request) -> Answer | None:
        return failure(409, f"Not with {KEY}.", headers={"x-should-retry": "false"}) if request.path.endswith("/cancel") else None

    async with background() as (server, endpoint):
        server.answer_with = refuse
        server.script(Text("One "), Stay())
        with caplog.at_level(logging.WARNING):
            async with open_stream(endpoint, REQUEST) as stream:
                await anext(stream)
                await stream.cancel()
                stream.leave_running = True
        assert "resp_1 could not be cancelled" in caplog.text
        assert KEY not in caplog.text


EVENTS = some.lists(
    some.tuples(
        some.sampled_from(sorted(responses._DELTAS)), some.integers(0, 2), some.sampled_from(["a", "🎉", "\ud83c", "\udf89", "é", "\n"])
    ),
    max_size=12,
)


def numbered(said: list[tuple[str, int, str]]) -> list[dict[str, Any]]:
    """The events of a response that says this."""
    created: dict[str, Any] = {"type": "response.created", "sequence_number": 0, "response": {"id": "resp_1"}}
    return [
        created,
        *(
            {"type": name, "sequence_number": number, "output_index": index, "delta": text}
            for number, (name, index, text) in enumerate(said, 1)
        ),
        {"type": "response.completed", "sequence_number": len(said) + 1, "response": {"status": "completed"}},
    ]


@settings(derandomize=True, deadline=None, database=None)
@given(EVENTS, some.lists(some.integers(1, 14), max_size=3))
def test_any_answer_left_anywhere(said: list[tuple[str, int, str]], leaves: list[int]) -> None:
    events = numbered(said)
    whole = Response(OPENAI)
    for event in events:
        whole.read(event)
    reader, seen = Response(OPENAI), list[object]()
    for number, event in enumerate(events):
        if number in leaves:
            assert reader.position is not None
            reader = Response(OPENAI, Position.from_json(json.loads(json.dumps(reader.position.to_json()))))
        reader.read(event)
        seen += reader.deltas.take()
    assert joined([*seen, *reader.deltas.drain()]) == joined([*whole.deltas.drain()])
    assert reader.finish == "stop"


def test_text_without_a_number_leaves_nothing_to_take_up() -> None:
    reader = Response(OPENAI)
    for event in numbered([("response.output_text.delta", 0, "a")])[:2]:
        reader.read(event)
    assert reader.position is not None
    reader.read({"type": "response.output_text.delta", "delta": "b"})
    assert reader.position is None
