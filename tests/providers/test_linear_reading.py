"""Reading what a provider's server sends takes time in proportion to its length, whatever it is made of."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any

import httpx2
import pytest

import conversations.generation
import conversations.providers
from conversations.generation import title_text
from conversations.generation.continuation.seam import Seam
from conversations.providers import (
    capabilities,
    chat_completions,
    error_reading,
    finish_reasons,
    model_list,
    on_the_way,
    optional_fields,
    redaction,
    responses,
    retry_after,
    system_role,
    web_page,
    wire_events,
)
from conversations.providers.endpoint import Endpoint
from conversations.providers.errors import ProviderError
from conversations.providers.repeated_space import RepeatedSpace
from conversations.providers.request import Request, Turn
from conversations.providers.server_sent_events import EventDecoder
from tests.support.growth import assert_linear

HERE = Endpoint("http://127.0.0.1:1/v1", "chat_completions", "sk-test-0123456789abcdef", "m", 1000)
ASKED = Request("m", "", [Turn("user", "Hi")])
MEGABYTE = 1024 * 1024

PUMPS = [
    *("<", "<title ", "<title>", "<script>", "<style a", "</title", "<a ", "<!--", " ", "\n", "\t> ", "a", "A1_", "1", "1.", "1s ", "9 9,"),
    *("model ", "models/", "context ", "api key ", "api_key: ", "authorization: ", "bearer ", "sk-", "//", "//a", "@", "wait a b c "),
    *("try again in 1 ", "retry after 1", "resets in ", "1 minute and ", "per ", "tokens / ", "not supported", "n't support a ", "system "),
    *("role ", "only user", "cisco ", "[", "{", "[{", '{"a":', '"', "\\", "`", "```", "</think", "<think>", "<|", "a_", "error_", "-_ "),
]


def _filled(pump: str, size: int) -> str:
    return pump * (size // len(pump)) + "\x01"  # nothing matches to the end


def _page(unit: str) -> str:
    return f"<p>{unit}"


def _response(text: str) -> httpx2.Response:
    name = text[:8000].strip().encode("ascii", "replace").decode().replace("\n", " ") or "x"
    return httpx2.Response(403, headers={"server": name, "via": f"cisco {name}"}, request=httpx2.Request("GET", HERE.base_url))


TEXT_READERS: dict[str, Callable[[str], object]] = {
    "web page": web_page.plain,
    "web page with a beginning": lambda text: web_page.plain(_page(text)),
    "redaction": lambda text: redaction.redacted(text, "secret-of-a-gateway"),
    "error as text": lambda text: error_reading.from_error(text, HERE, status=400),
    "error's message": lambda text: error_reading.from_error({"error": {"message": text, "param": text, "code": text}}, HERE, status=400),
    "error's details": lambda text: error_reading.from_error(
        {"detail": [{"msg": text}] * 3, "type": text, "details": text}, HERE, status=429
    ),
    "error without a status": lambda text: error_reading.from_error({"message": f"model {text}"}, HERE),
    "no answer": lambda text: error_reading.no_answer({"message": text, "detail": [text]}, HERE),
    "proxy": lambda text: on_the_way.failure(_response(text), text, HERE),
    "retry hints": lambda text: retry_after.retry_after_seconds(
        {"retry-after": text, "x-ratelimit-reset": text}, {"retryDelay": text}, text
    ),
    "system role": lambda text: system_role.is_refused(text[:20_000]),
    "finish reason": lambda text: finish_reasons.of(text, text),
    "optional field": lambda text: optional_fields.rejected_field(ProviderError("parameter", text, status=400), {"max_tokens"}, ()),
    "names of models": lambda text: _names([text, text[:200]]),
    "title": lambda text: title_text.cleaned(text[:401]),
    "events": lambda text: _events(text.encode()),
    "data": lambda text: _events(b"data: " + text.encode() + b"\n\n"),
    "lines of data": lambda text: _events(b"data: " + text.replace("\n", "").encode() + b"\ndata: x\n\n"),
    "delta": lambda text: _deltas([text]),
    "deltas": lambda text: _deltas([text[place : place + 50] for place in range(0, len(text), 50)]),
    "thoughts": lambda text: _deltas(["<think>", *(text[place : place + 50] for place in range(0, len(text), 50))]),
    "continuation": lambda text: Seam("It was said before. ").feed(text),
    "continuation of spaces": lambda text: Seam("It was said" + " " * len(text)).feed(text),
}


def _names(names: list[str]) -> None:
    capabilities.by_name.cache_clear()  # else one name is read once
    for offer in model_list._offers(names):
        assert offer.is_for_chat in (True, False)
        capabilities.known(offer.name)


def _events(data: bytes) -> None:
    events = wire_events.WireEvents(HERE)
    try:
        for start in range(0, len(data), 10_000):
            for _ in events.feed(data[start : start + 10_000]):
                pass
        for _ in events.close():
            pass
    except ProviderError:
        pass


def _deltas(texts: list[str]) -> None:
    answer = chat_completions.new_answer(HERE, ASKED)
    for text in texts:
        answer.read({"choices": [{"delta": {"content": text}}]})
        answer.deltas.take()
    answer.deltas.drain()


@pytest.mark.parametrize("reader", TEXT_READERS)
def test_texts(reader: str) -> None:
    for pump in PUMPS:
        assert_linear(partial(_filled, pump), TEXT_READERS[reader], MEGABYTE // 8, pump)


def _patterns(holder: object) -> Iterator[re.Pattern]:
    if isinstance(holder, re.Pattern):
        yield holder
    elif isinstance(holder, tuple | list):
        for one in holder:
            yield from _patterns(one)
    elif isinstance(holder, dict):
        for one in holder.values():
            yield from _patterns(one)


def _modules() -> Iterator[Any]:
    for room in (conversations.providers, conversations.generation):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            yield importlib.import_module(module.name)


def test_every_regular_expression() -> None:
    """From one place: what is searched for anywhere in a text is cut before, which the readers above are tried with."""
    found = {(module.__name__, pattern) for module in _modules() for value in vars(module).values() for pattern in _patterns(value)}
    assert len(found) > 40
    for name, pattern in found:
        if isinstance(pattern.pattern, bytes):
            continue
        words = re.findall(r"\w{3,}", pattern.pattern)[:8]
        for pump in (*PUMPS, *words, *(f"{word} " for word in words), *(f"{first} {second}" for first, second in pairwise(words))):
            assert_linear(partial(_filled, pump), pattern.match, 8_192, (name, pattern.pattern[:40], pump))


# Events


EVENTS: dict[str, Callable[[int], bytes]] = {
    "one event of many lines": lambda size: b"data: x\n" * (size // 8) + b"\n",
    "one event of many lines of JSON": lambda size: b"data: {}\n" * (size // 9) + b"\n",
    "one event of many broken lines": lambda size: b"data: {\n" * (size // 8) + b"\n",
    "one long line": lambda size: b"data: " + b"x" * size + b"\n\n",
    "one event of JSON in many lines": lambda size: b"data: {\n" + b"data: \n" * (size // 7) + b"data: }\n\n",
    "comments": lambda size: b":\n" * (size // 2),
    "unknown fields": lambda size: b"x: y\n" * (size // 5),
    "names": lambda size: b"event: e\n" * (size // 9),
    "names and data": lambda size: b"event: e\ndata: {\n" * (size // 18),
    "carriage returns": lambda size: b"data: x\r" * (size // 8) + b"\r",
    "blank lines": lambda size: b"\r\n" * (size // 2),
    "a document": lambda size: b'{"a": [\n' + b"1,\n" * (size // 3),
    "a list": lambda size: b"[" + b"{},\n" * (size // 4) + b"{}]",
    "a page": lambda size: b"<html>\n" + b"<a\n" * (size // 3),
    "deep": lambda size: b'data: {"a": ' + b"[" * (size // 2) + b"\n\n",
}


@pytest.mark.parametrize("kind", EVENTS)
@pytest.mark.parametrize("chunk", [1_000, 100_000])
def test_events(kind: str, chunk: int) -> None:
    def read(data: bytes) -> None:
        events = wire_events.WireEvents(HERE)
        answer = chat_completions.new_answer(HERE, ASKED)
        try:
            for start in range(0, len(data), chunk):
                for event in events.feed(data[start : start + chunk]):
                    answer.read(event)
            for event in events.close():
                answer.read_whole(event) if events.is_document else answer.read(event)
        except ProviderError:
            pass

    assert_linear(EVENTS[kind], read, MEGABYTE // 4)


def test_the_decoder_alone() -> None:
    def read(data: bytes) -> None:
        decoder = EventDecoder()
        for start in range(0, len(data), 500):
            decoder.feed(data[start : start + 500])
        decoder.close()

    for make in EVENTS.values():
        assert_linear(make, read, MEGABYTE // 4)


def _item(number: int) -> list[dict]:
    return [
        {"type": "response.output_text.delta", "output_index": number, "delta": "a"},
        {"type": "response.output_text.done", "output_index": number, "text": "a"},
        {"type": "response.output_item.done", "output_index": number, "item": {"content": [{"type": "refusal", "refusal": "no"}]}},
    ]


def test_items_of_a_response() -> None:
    def read(events: list[dict]) -> None:
        answer = responses.new_answer(HERE)
        for event in events:
            answer.read(event)
        answer.deltas.drain()

    assert_linear(lambda size: [event for number in range(size) for event in _item(number)], read, 9_000)


def test_a_response_of_items_without_end() -> None:
    answer = responses.new_answer(HERE)

    def read() -> None:
        for number in range(100_000):
            for event in _item(number):
                answer.read(event)

    with pytest.raises(ProviderError, match="items"):
        read()


def test_spaces_that_are_repeated() -> None:
    def read(spaces: str) -> None:
        repeated = RepeatedSpace(spaces)
        for place in range(0, len(spaces), 100):
            repeated.without(spaces[place : place + 100])
        repeated.rest()

    assert_linear(lambda size: "\n " * (size // 2), read, MEGABYTE // 4)
