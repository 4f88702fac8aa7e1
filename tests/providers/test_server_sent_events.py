"""The event decoder follows the WHATWG's specification, wherever its input is cut."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.providers.delta_buffer import DeltaBuffer
from conversations.providers.parts import Delta
from conversations.providers.server_sent_events import EventDecoder, EventTooLarge

Events = list[tuple[bytes | None, bytes | bytearray]]


def by_the_specification(data: bytes) -> Events:
    """The specification's own steps, over the whole input at once."""
    lines = re.split(rb"\r\n|\n|\r", data.removeprefix(b"\xef\xbb\xbf"))[:-1]
    events: Events = []
    kind, buffer = b"", b""
    for line in lines:
        if not line:
            if buffer:
                events.append((kind or None, buffer.removesuffix(b"\n")))
            kind, buffer = b"", b""
            continue
        name, _, value = line.partition(b":")
        value = value[1:] if value.startswith(b" ") else value
        if name == b"data":
            buffer += value + b"\n"
        elif name == b"event":
            kind = value
    return events


def decoded(*chunks: bytes) -> Events:
    decoder = EventDecoder()
    return [event for chunk in chunks for event in decoder.feed(chunk)]


def cut(data: bytes, places: list[int]) -> list[bytes]:
    borders = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(borders)]


PIECES = [b"data", b"event", b"id", b":", b" ", b"\n", b"\r", b"\r\n", b"\n\n", b"data: ", b"\xef\xbb\xbf", "ü🎉".encode(), b"x", b"[DONE]"]


BYTES = st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=3)), max_size=40).map(b"".join)


@given(BYTES, st.lists(st.integers(0, 10_000), max_size=20))
def test_any_bytes_cut_anywhere(data: bytes, places: list[int]) -> None:
    expected = by_the_specification(data)
    assert decoded(data) == expected
    assert decoded(*cut(data, places)) == expected
    assert decoded(*(bytes([byte]) for byte in data)) == expected


@pytest.mark.parametrize(
    ("data", "events"),
    [
        (b"data: a\n\n", [(None, b"a")]),
        (b"data:a\r\n\r\n", [(None, b"a")]),
        (b"data:  a\r\r", [(None, b" a")]),
        (b"\xef\xbb\xbfdata: a\n\n", [(None, b"a")]),
        (b": ping\n\ndata: a\ndata: b\n\n", [(None, b"a\nb")]),
        (b"event: e\ndata: a\n\ndata: b\n\n", [(b"e", b"a"), (None, b"b")]),
        (b"event: e\n\ndata: b\n\n", [(None, b"b")]),
        (b"data\n\n", [(None, b"")]),
        (b"dataset: a\n\n", []),
        (b"data: never finished\n", []),
    ],
)
def test_examples(data: bytes, events: Events) -> None:
    assert decoded(data) == events


@pytest.mark.parametrize("chunk", [b"data: " + b"x" * 50, b"data: xxxxxxxxxx\n"])
def test_an_event_that_never_ends(chunk: bytes) -> None:
    decoder = EventDecoder(limit=1000)

    def go_on() -> None:
        while True:
            decoder.feed(chunk)

    with pytest.raises(EventTooLarge):
        go_on()


TEXTS = st.text(st.sampled_from("a\0é🎉\ud83c\udf89\ud800\udfff"), max_size=6)


@given(st.lists(st.tuples(st.sampled_from(["text", "reasoning"]), TEXTS), max_size=12), st.sets(st.integers(0, 12)))
def test_text_is_whole_whatever_it_was_cut_into(said: list, taken_after: set[int]) -> None:
    buffer, deltas = DeltaBuffer(), []
    for number, (kind, text) in enumerate(said):
        if text:
            buffer.add(kind, text)
        if number in taken_after:
            deltas += buffer.take()
    deltas += buffer.drain()
    assert all(delta.text for delta in deltas)
    for kind in ("text", "reasoning"):
        whole = "".join(text for name, text in said if name == kind)
        expected = whole.replace("\0", "\ufffd").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        assert "".join(delta.text for delta in deltas if delta.kind == kind) == expected


def test_consecutive_deltas_of_one_kind_are_one() -> None:
    buffer = DeltaBuffer()
    for kind, text in [("text", "a"), ("text", "b"), ("reasoning", "c"), ("text", "d")]:
        buffer.add(kind, text)  # type: ignore[arg-type]
    assert buffer.take() == [Delta("text", "ab"), Delta("reasoning", "c"), Delta("text", "d")]
    assert buffer.take() == []
