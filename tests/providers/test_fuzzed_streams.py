"""Whatever bytes a provider streams, wherever they are cut: an answer or one of our errors, the same each time, in time."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from conversations.providers.endpoint import Api, Endpoint
from conversations.providers.errors import SENTENCES, ProviderError
from conversations.providers.parts import Delta, Part
from conversations.providers.streams import Stream
from tests.support.growth import assert_linear
from tests.support.provider_stream import KEY, REQUEST, WIRES

deterministic = settings(derandomize=True, deadline=None, database=None)
Outcome = tuple[list[Part], ProviderError | None]

NAMES = [
    *("choices", "delta", "message", "content", "reasoning_content", "reasoning", "refusal", "finish_reason", "native_finish_reason"),
    *(
        "usage",
        "prompt_tokens",
        "completion_tokens",
        "completion_tokens_details",
        "error",
        "code",
        "param",
        "detail",
        "object",
        "tool_calls",
    ),
    *("type", "response", "id", "status", "output", "output_index", "content_index", "summary_index", "item", "item_id", "sequence_number"),
    *("incomplete_details", "reason", "input_tokens", "output_tokens", "text", "summary", "part", "thinking"),
]
WORDS = [
    *(
        "stop",
        "length",
        "content_filter",
        "error",
        "response",
        "Hello",
        "<think>",
        "</think>",
        "<thi",
        "nk>",
        "\0",
        " ",
        "\ud83d",
        "\udc4b",
    ),
    *("response.created", "response.completed", "response.failed", "response.incomplete", "response.output_item.done", "output_text"),
    *("response.output_text.delta", "response.output_text.done", "response.reasoning_text.delta", "response.content_part.added", "refusal"),
    *("rate limit: try again in 3 s", f"Bad key {KEY}", "context length", "resp_1"),
]
NUMBERS = some.sampled_from([0, 1, 2, -1, 7, 10**10, 2**64, 0.5, 1e300, float("nan")])
SCALARS = some.one_of(some.sampled_from(WORDS), some.sampled_from(WORDS), NUMBERS, some.none(), some.booleans())
VALUES = some.recursive(
    SCALARS,
    lambda inner: some.one_of(some.lists(inner, max_size=3), some.dictionaries(some.sampled_from(NAMES), inner, max_size=4)),
    max_leaves=8,
)


def chat(delta: Any, **rest: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, **rest}]}


OBJECTS = some.one_of(
    some.dictionaries(some.sampled_from(NAMES), VALUES, max_size=5),
    some.builds(lambda text: chat({"content": text}), VALUES),
    some.builds(lambda name, text: chat({name: text}), some.sampled_from(NAMES), SCALARS),
    some.builds(lambda reason: chat({}, finish_reason=reason), SCALARS),
    some.builds(lambda usage: {"choices": [], "usage": usage}, VALUES),
    some.builds(
        lambda name, index, text: {"type": name, "output_index": index, "delta": text, "text": text, "sequence_number": index},
        *(some.sampled_from([word for word in WORDS if word.startswith("response.")]), VALUES, SCALARS),
    ),
    some.builds(lambda name, response: {"type": name, "response": response}, some.sampled_from(WORDS), VALUES),
)
ENDS = some.sampled_from(["\n\n", "\n\n", "\n", "\r\n\r\n", "\r", ""])
LINES = some.one_of(
    some.builds(lambda document, end: f"data: {json.dumps(document)}{end}".encode(), OBJECTS, ENDS),
    some.builds(lambda document, end: f"{json.dumps(document)}{end}".encode(), OBJECTS, ENDS),
    some.builds(
        lambda name, document: f"event: {name}\ndata: {json.dumps(document)}\n\n".encode(),
        some.sampled_from(["ping", "error", "x"]),
        OBJECTS,
    ),
    some.sampled_from(
        [b"data: [DONE]\n\n", b": wait\n", b"data:\n", b"data: {\n", b"\n", b"<html>no</html>\n", b"id: 1\n", b"[", b"\xff", b"{}"]
    ),
)
STREAMS = some.lists(LINES, max_size=8).map(b"".join)
CUTS = some.lists(some.integers(0, 2_000), max_size=8)


class FromBytes(Stream):
    """A stream whose server sends these pieces."""

    def __init__(self, api: Api, pieces: list[bytes]) -> None:
        super().__init__(Endpoint("http://127.0.0.1:1/v1", api, KEY, "m", 1000), REQUEST)
        self._pieces = pieces

    async def _open(self, body: object) -> httpx2.Response:
        async def content() -> AsyncIterator[bytes]:
            for piece in self._pieces:
                yield piece

        return httpx2.Response(200, content=content(), request=httpx2.Request("POST", "http://127.0.0.1:1/v1"))


def outcome(api: Api, *pieces: bytes) -> Outcome:
    """All parts, deltas of a kind joined, and the error. Whatever else is raised fails the test."""

    async def read() -> Outcome:
        joined: list[Part] = []
        try:
            async with FromBytes(api, [piece for piece in pieces if piece]) as stream:
                async for parts in stream:
                    for part in parts:
                        last = joined[-1] if joined else None
                        if isinstance(part, Delta) and isinstance(last, Delta) and part.kind == last.kind:
                            joined[-1] = Delta(part.kind, last.text + part.text)
                        else:
                            joined.append(part)
        except ProviderError as error:
            return joined, error.with_traceback(None)
        return joined, None

    return asyncio.run(read())


def cut(data: bytes, places: list[int]) -> list[bytes]:
    borders = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(borders)]


def data(*documents: Any) -> bytes:
    return b"".join(b"data: %s\n\n" % json.dumps(document).encode() for document in documents)


def deep(levels: int) -> Any:
    value: Any = "deep"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("api", WIRES)
@settings(deterministic, max_examples=80)
@given(STREAMS, CUTS)
@example(data(chat({"content": deep(450)})), [30])
@example(data(chat({"content": [{"type": "text", "text": deep(450)}]})), [])
@example(data({"type": "response.output_text.delta", "output_index": deep(3), "delta": deep(450)}), [])
@example(data({"type": "response.output_text.delta", "output_index": [1], "content_index": {}, "delta": "x"}), [9])
@example(data({"type": "response.output_item.done", "item": {"content": deep(450)}, "output_index": {"a": 1}}), [])
@example(data({"error": {"message": deep(450), "code": deep(450), "type": ["x"]}}), [])
@example(data({"type": ["response.created"], "response": {"id": "\ud800"}}), [])
@example(data({"choices": [], "usage": {"prompt_tokens": "1", "completion_tokens": [2], "completion_tokens_details": 3}}), [])
@example(data(chat({"content": "x"}, finish_reason={"a": []})), [])
@example(b'{"choices": [{"delta": {}, "finish_reason": "stop"}]}\n[', [54])
@example(b'{"choices": [{"delta": {"content": []}}]}\n\n<html>no</html>\n', [44])
@example(b"data: " + b"[" * 100_000 + b"\n\n", [5])
@example(b"data: x\n" * 2_000 + b"\n", [1_001])
@example(b"data: {\n" * 2_000 + b"\n", [1_001])
@example(b'data: {"choices": [{"delta": {"content": "\xff\xfe"}}]}\n\n', [40])
@example(b'data: {"choices": [], "usage": {"prompt_tokens": NaN, "completion_tokens": 1e400}}\n\n', [])
def test_any_stream(api: Api, stream: bytes, places: list[int]) -> None:
    parts, error = outcome(api, stream)
    for part in parts:
        if isinstance(part, Delta):
            part.text.encode()
            assert "\0" not in part.text
    if error is not None:
        assert error.kind in SENTENCES
        assert error.kind != "internal"
        assert KEY not in error.cause
        assert len(error.cause.encode()) < 10_000
    ways = [cut(stream, places)]
    if len(stream) < 500:
        ways.append([bytes([byte]) for byte in stream])
    for pieces in ways:
        again, error_again = outcome(api, *pieces)
        assert again == parts
        assert (error_again and error_again.kind) == (error and error.kind)


@settings(deterministic, max_examples=25)
@given(LINES, LINES)
def test_any_stream_takes_time_in_proportion_to_its_length(first: bytes, second: bytes) -> None:
    unit = first + second or b"\n"
    for api in WIRES:
        assert_linear(lambda size: unit * (size // len(unit)), lambda stream: outcome(api, stream), 64 * 1024, unit)  # noqa: B023


DEEPEST = 900
"""JSON that is nested deeper is read as no JSON at all."""
TOO_DEEP = [
    chat({"content": [{"type": "text", "text": deep(DEEPEST)}]}),
    chat({"reasoning_content": deep(DEEPEST)}),
    {"type": "response.output_text.delta", "output_index": 0, "delta": deep(DEEPEST)},
    {"error": {"message": deep(DEEPEST), "code": deep(DEEPEST), "details": deep(DEEPEST)}},
    {"type": "error", "message": deep(DEEPEST)},
]


@pytest.mark.parametrize("api", WIRES)
def test_what_lies_too_deep_is_an_error_of_the_provider_s(api: Api) -> None:
    """Beside Hypothesis, which has Python call deeper than it does elsewhere."""
    kinds = {error.kind if error else None for _, error in (outcome(api, data(document)) for document in TOO_DEEP)}
    assert kinds == {"provider", "interrupted"}
