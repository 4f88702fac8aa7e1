"""Text, reasoning, refusal, usage and finish reason arrive as the same parts over either API, however the bytes are cut."""

import json

import pytest

from conversations.providers.endpoint import Api
from conversations.providers.opening import open_stream
from conversations.providers.parts import Delta, Finish, Source, Usage
from tests.support import scripted_openai as scripted
from tests.support.provider_stream import REQUEST, batches, on_both_wires, parts, provider
from tests.support.scripted_openai import Answer, Cites, Event, Gate, Hold, Raw, Reasoning, Refusal, Step, Text, whole_answer

USAGE = Usage(11, 3, 7, 2)


@on_both_wires
async def test_every_kind_of_part(api: Api) -> None:
    async with provider(api) as (server, endpoint):
        server.script(Reasoning("Hm, "), Reasoning("well."), Text("Hel"), Text("lo"), Refusal("No."), scripted.Finish())
        assert await parts(endpoint) == [
            Delta("reasoning", "Hm, well."),
            Delta("text", "Hello"),
            Delta("refusal", "No."),
            USAGE,
            Finish("stop"),
        ]


@on_both_wires
async def test_pages_that_are_cited_come_where_they_stand_and_once(api: Api) -> None:
    tides, moon = Cites("https://example.org/tides?a=1", "Tides"), Cites("https://example.org/moon", "")
    script, long = Cites("javascript:alert(1)", "Click"), Cites(f"https://example.org/{'x' * 3_000}", "")
    async with provider(api) as (server, endpoint):
        server.script(Text("The moon"), tides, script, Text(" does."), tides, long, moon, scripted.Finish())
        assert (await parts(endpoint))[:-2] == [
            Delta("text", "The moon"),
            Source("https://example.org/tides?a=1", "Tides"),
            Delta("text", " does."),
            Source("https://example.org/moon", ""),
        ]


@on_both_wires
@pytest.mark.parametrize("reason", ["length", "content_filter"])
async def test_the_reason_for_the_end(api: Api, reason: str) -> None:
    async with provider(api) as (server, endpoint):
        server.script(Text("Half"), scripted.Finish(reason))
        assert (await parts(endpoint))[-1] == Finish(reason)


@on_both_wires
@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("size", [1, 2, 3, 17])
async def test_bytes_cut_anywhere(api: Api, newline: bytes, size: int) -> None:
    words = ["Grüße", ", ", "日本", "語 ", "🎉"]
    async with provider(api) as (server, endpoint):
        server.script(*map(Text, words), scripted.Finish(), newline=newline, bytes_per_write=size)
        assert await parts(endpoint) == [Delta("text", "Grüße, 日本語 🎉"), USAGE, Finish("stop")]


async def test_what_arrives_together_is_one_list_with_one_delta() -> None:
    async with provider("chat_completions") as (server, endpoint):
        words = [f"{number} " for number in range(100)]
        together = b"".join(b"data: %s\n\n" % json.dumps({"choices": [{"delta": {"content": word}}]}).encode() for word in words)
        server.script(Raw(together), scripted.Finish())
        assert (await batches(endpoint))[0][0] == Delta("text", "".join(words))


async def test_the_first_word_does_not_wait_for_the_second() -> None:
    gate = Gate()
    async with provider("chat_completions") as (server, endpoint):
        server.script(Text("One"), Hold(gate), Text("Two"), scripted.Finish())
        seen = []
        async with open_stream(endpoint, REQUEST) as stream:
            async for batch in stream:
                seen.append(batch)
                gate.open()
        assert seen[0] == [Delta("text", "One")]
        assert seen[1][0] == Delta("text", "Two")


@on_both_wires
async def test_half_a_surrogate_pair_waits_for_the_other_half(api: Api) -> None:
    async with provider(api) as (server, endpoint):
        server.script(Text("a\ud83c"), Text("\udf89b"), Text("\ud83c"), Text("c\udf89"), Text("\ud83c"), scripted.Finish())
        assert (await parts(endpoint))[0] == Delta("text", "a🎉b\ufffdc\ufffd\ufffd")


@on_both_wires
async def test_nul_characters_are_replaced(api: Api) -> None:
    async with provider(api) as (server, endpoint):
        server.script(Text("a\0b"), scripted.Finish())
        assert (await parts(endpoint))[0] == Delta("text", "a\ufffdb")


@on_both_wires
async def test_what_is_unknown_is_ignored(api: Api) -> None:
    strange: list[Step] = [
        Event({"type": "response.telepathy.delta", "delta": "?"}),
        Event({"choices": []}),
        Event({"choices": [{"delta": None}]}),
        Event({"choices": [{"index": 0}]}),
        Event({"choices": [None]}),
        Event({"choices": [{"delta": {"content": None, "tool_calls": None}, "finish_reason": ""}], "usage": None, "error": None}),
        Event([1, 2]),
        Event("text"),
        Raw(b": a comment\n\n"),
        Raw(b"data:\n\n"),
        Raw(b"retry: 10\nid: 7\nnonsense\n\n"),
    ]
    async with provider(api) as (server, endpoint):
        server.script(Text("a"), *strange, Text("b"), *strange, scripted.Finish())
        assert await parts(endpoint) == [Delta("text", "ab"), USAGE, Finish("stop")]


@on_both_wires
async def test_an_answer_in_one_piece(api: Api) -> None:
    async with provider(api) as (server, endpoint):
        server.queue(Answer(body=whole_answer(api, "Whole")))
        assert await parts(endpoint) == [Delta("text", "Whole"), USAGE, Finish("stop")]


async def test_thoughts_under_either_name_and_content_in_parts() -> None:
    async with provider("chat_completions") as (server, endpoint):
        server.script(Reasoning("Hm"), scripted.Finish(), reasoning_field="reasoning")
        assert (await parts(endpoint))[0] == Delta("reasoning", "Hm")
        server.script(Event({"choices": [{"delta": {"content": [{"type": "text", "text": "In parts"}]}}]}), scripted.Finish())
        assert (await parts(endpoint))[0] == Delta("text", "In parts")
        server.script(Text("<think>Hm</think>Yes"), scripted.Finish())
        assert (await parts(endpoint))[:2] == [Delta("reasoning", "Hm"), Delta("text", "Yes")]


async def test_usage_is_read_from_any_chunk() -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 1}
    chunk = {"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}], "usage": usage}
    async with provider("chat_completions") as (server, endpoint):
        server.script(Event(chunk), Raw(b"data: [DONE]\n\n"))
        assert await parts(endpoint) == [Delta("text", "Hi"), Usage(5, None, 1, None), Finish("stop")]


async def test_an_event_is_known_by_its_name_alone() -> None:
    async with provider("responses") as (server, endpoint):
        server.script(
            Event({"delta": "Hi"}, "response.output_text.delta"),
            Event({"response": {"status": "completed"}}, "response.completed"),
        )
        assert await parts(endpoint) == [Delta("text", "Hi"), Finish("stop")]


async def test_text_that_only_the_last_event_holds() -> None:
    async with provider("responses") as (server, endpoint):
        server.script(Event({"type": "response.completed", "response": whole_answer("responses", "All at once")}))
        assert await parts(endpoint) == [Delta("text", "All at once"), USAGE, Finish("stop")]


async def test_separate_thoughts_stand_apart() -> None:
    kind = "response.reasoning_summary_text.delta"
    async with provider("responses") as (server, endpoint):
        server.script(*(Event({"type": kind, "summary_index": index, "delta": f"Thought {index}"}) for index in (0, 1)), scripted.Finish())
        assert (await parts(endpoint))[0] == Delta("reasoning", "Thought 0\n\nThought 1")


@on_both_wires
async def test_the_connection_is_used_again(api: Api) -> None:
    async with provider(api) as (server, endpoint):
        for _ in range(3):
            assert (await parts(endpoint))[0] == Delta("text", "You said: Hello")
        assert server.connections == 1


@on_both_wires
async def test_the_end_is_seen_while_the_server_keeps_the_connection(api: Api) -> None:
    async with provider(api) as (server, endpoint):
        server.script(Text("Hi"), scripted.Finish(), scripted.Stay())
        assert (await parts(endpoint))[-1] == Finish("stop")
        await server.requests[0].client_left()
