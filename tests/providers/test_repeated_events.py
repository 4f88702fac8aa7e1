"""Events that repeat all but their text are read together, and say what each of them says by itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.providers.endpoint import Endpoint
from conversations.providers.repeated_events import MOST_FRUITLESS, RepeatedEvents
from conversations.providers.wire_events import WireEvents

ENDPOINT = Endpoint("http://127.0.0.1/v1", "chat_completions", "sk-test", "m", 8_192)


def chunk(text: str, **fields: Any) -> dict[str, Any]:
    return {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}], **fields}


def read(*pieces: bytes) -> list[dict[str, Any]]:
    events = WireEvents(ENDPOINT)
    return [json.loads(json.dumps(event)) for piece in pieces for event in events.feed(piece)]


def wire(events: list[dict[str, Any]], *, ascii_only: bool = False) -> bytes:
    return b"".join(b"data: " + json.dumps(event, ensure_ascii=ascii_only).encode() + b"\n\n" for event in events)


def joined(events: list[dict[str, Any]]) -> list[Any]:
    """Neighbours that differ in their text alone as one, and every other event as it is."""
    found: list[tuple[dict[str, Any], str | None]] = []
    for event in events:
        text = (event.get("choices") or [{}])[0].get("delta", {}).get("content")
        if text is None:
            found.append((event, None))
            continue
        frame = json.loads(json.dumps(event))
        frame["choices"][0]["delta"]["content"] = ""
        if found and found[-1][0] == frame and found[-1][1] is not None:
            found[-1] = (frame, found[-1][1] + text)
        else:
            found.append((frame, text))
    return found


OTHER: list[dict[str, Any]] = [
    chunk("An end. ", usage={"total_tokens": 3}),
    {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"content": "x"}, "finish_reason": "stop"}]},
    {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Hi"}, "finish_reason": None}]},
    {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"reasoning_content": "Hm"}, "finish_reason": None}]},
    {"id": "c", "model": "m", "choices": []},
    {"error": {"message": "Overloaded"}},
    chunk("another id", id="d"),
]
texts = st.one_of(
    st.text(max_size=12), st.sampled_from(['"', "\\", "\n", '","', "ü", "😀", "\x00", "m", "c", "content", '"}}]}', "[DONE]"])
)
events = st.lists(st.one_of(texts.map(chunk), st.sampled_from(OTHER)), max_size=30)


@settings(max_examples=150, deadline=None)
@given(events, st.booleans(), st.integers(1, 400))
def test_they_say_what_each_says_by_itself(sent: list[dict[str, Any]], ascii_only: bool, size: int) -> None:
    sent = [json.loads(json.dumps(event)) for event in sent if not _is_unsendable(event)]
    content = wire(sent, ascii_only=ascii_only)
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    assert joined(read(*pieces)) == joined(sent)


def _is_unsendable(event: dict[str, Any]) -> bool:
    """Half a surrogate pair can't be written in UTF-8."""
    try:
        json.dumps(event, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def test_many_are_read_as_one() -> None:
    found = read(wire([chunk(f"{number} ") for number in range(200)]))
    assert len(found) == 2
    assert "".join(event["choices"][0]["delta"]["content"] for event in found) == "".join(f"{number} " for number in range(200))


@pytest.mark.parametrize("broken", [b"\xff", b"\xed\xa0\x80", b"\x01", b'"'])
def test_what_is_no_text_of_json_is_read_as_ever(broken: bytes) -> None:
    """It may be repaired or refused, but not by this short way."""
    good = wire([chunk("One "), chunk("two ")])
    bad = good.replace(b"two ", broken)
    repeated = RepeatedEvents()
    first, second = (line.removeprefix(b"data: ") for line in bad.split(b"\n\n")[:2])
    repeated.learn(first, json.loads(first))
    assert repeated.take(first)
    assert repeated.together() == json.loads(first)
    assert not repeated.take(second) or repeated.together() is None


def test_a_text_that_is_elsewhere_in_the_event_does_not_mislead() -> None:
    sent = [chunk(text) for text in ("m", "c", "content", "delta", "choices", "m", "more")]
    assert joined(read(wire(sent))) == joined([chunk("mccontentdeltachoicesmmore")])


def test_a_server_that_repeats_nothing_is_soon_not_looked_at() -> None:
    repeated = RepeatedEvents()
    for number in range(MOST_FRUITLESS + 5):
        data = json.dumps(chunk("a", created=number)).encode()
        repeated.learn(data, json.loads(data))
    data = json.dumps(chunk("a", created=1000)).encode()
    repeated.learn(data, json.loads(data))
    assert not repeated.take(data)
