"""Whatever the text, and wherever it is cut into events and into bytes: over both APIs it arrives unchanged."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from conversations.providers import chat_completions, responses
from conversations.providers.endpoint import Endpoint
from conversations.providers.parts import Delta
from conversations.providers.request import Request
from conversations.providers.wire_events import WireEvents
from tests.support.provider_stream import KEY

ENDPOINT = Endpoint("http://127.0.0.1:1/v1", "responses", KEY, "m", 1000, "background")
REQUEST = Request("m", "", [])
TEXT = some.text(some.one_of(some.characters(exclude_characters="\0"), some.sampled_from("🎉👩‍👩‍👧 e\u0301\U0010ffff")), max_size=30)
CUTS = some.lists(some.integers(0, 400), max_size=12)
deterministic = settings(derandomize=True, deadline=None, database=None)


def pieces(whole: bytes, cuts: list[int]) -> list[bytes]:
    borders = sorted({0, len(whole), *(min(cut, len(whole)) for cut in cuts)})
    return [whole[start:end] for start, end in zip(borders, borders[1:], strict=False)]


def words(text: str, cuts: list[int], unit: int) -> list[str]:
    """The text cut between any two characters, or between any two UTF-16 units, which leaves halves of surrogate pairs."""
    data = text.encode("utf-16-le" if unit == 2 else "utf-32-le")
    return [
        piece.decode("utf-16-le" if unit == 2 else "utf-32-le", "surrogatepass") for piece in pieces(data, [cut * unit for cut in cuts])
    ]


def event(wire: str, word: str) -> dict[str, Any]:
    if wire == "responses":
        return {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": word}
    return {"choices": [{"index": 0, "delta": {"content": word}}]}


@pytest.mark.parametrize("wire", [responses, chat_completions], ids=["responses", "chat_completions"])
@pytest.mark.parametrize("plain", [True, False], ids=["utf-8", "escaped"])
@deterministic
@given(text=TEXT, cuts=CUTS, byte_cuts=CUTS)
def test_text(wire: Any, plain: bool, text: str, cuts: list[int], byte_cuts: list[int]) -> None:
    answer, events = wire.new_answer(ENDPOINT, REQUEST), WireEvents(ENDPOINT)
    lines = [
        json.dumps(event(wire.__name__.rpartition(".")[2], word), ensure_ascii=not plain) for word in words(text, cuts, 4 if plain else 2)
    ]
    sent = "".join(f"data: {line}\n\n" for line in lines).encode()
    seen: list[Delta] = []
    for piece in pieces(sent, byte_cuts):
        for read in events.feed(piece):
            answer.read(read)
        seen += answer.deltas.take()
    seen += answer.deltas.drain()
    assert "".join(delta.text for delta in seen) == text
