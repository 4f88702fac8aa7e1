"""Responses as untidy servers send them are read as a user would want, wherever the bytes are cut. The inputs are in `untidy/`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from conversations.providers.byte_stream import ByteStream
from conversations.providers.endpoint import Api, Endpoint
from conversations.providers.errors import ProviderError
from conversations.providers.parts import Delta, Finish, Usage, WasReasoning
from conversations.providers.streams import Stream
from tests.support.provider_stream import KEY, REQUEST

FOLDER = Path(__file__).parent / "untidy"
OF_CHAT, OF_RESPONSES = Usage(12, None, 9, None), Usage(9, None, 14, None)


class Read(NamedTuple):
    """What a reader of the answer has in the end."""

    text: str = ""
    reasoning: str = ""
    end: str = "stop"
    usage: Usage | None = None


class Chunks(ByteStream):
    """A body that comes in these pieces, and then ends."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)

    async def read(self) -> bytes:
        return next((piece for piece in self._pieces if piece), b"")


async def read(api: Api, pieces: Iterable[bytes]) -> Read:
    """What the reader of streams makes of a body; the end is a finish reason, or the kind of the error."""
    stream = Stream(Endpoint("http://127.0.0.1:1/v1", api, KEY, "m", 1000), REQUEST)
    stream._bytes = Chunks(pieces)
    said, reasoning, usage, end = "", "", None, ""
    try:
        async for part in in_turn(stream):
            match part:
                case Delta("reasoning", text):
                    reasoning += text
                case Delta(_, text):
                    said += text
                case WasReasoning(characters):
                    place = len(said) - characters
                    reasoning, said = reasoning + said[place:], said[:place]
                case Usage():
                    usage = part
                case Finish(reason):
                    end = reason
    except ProviderError as error:
        end = error.kind
    return Read(said, reasoning, end, usage)


async def in_turn(stream: Stream) -> Any:
    async for parts in stream:
        for part in parts:
            yield part


def chunk(delta: object = None, finish: str | None = None, **fields: Any) -> bytes:
    return json.dumps({"choices": [{"index": 0, "delta": delta or {}, "finish_reason": finish}], **fields}).encode()


def data(*events: bytes, between: bytes = b"\n\n") -> bytes:
    return b"".join(b"data: " + event + between for event in events)


def saying(*words: str) -> list[bytes]:
    return [chunk({"content": word}) for word in words]


def response(*events: dict[str, Any]) -> bytes:
    return b"".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events)


END, DONE = chunk(finish="stop"), b"[DONE]"
THOUGHTS, ANSWER = "The person adds two numbers.\n\n2 + 2 is **4**, surely.", "The answer is 4."

STORED: dict[str, Read] = {
    "03a-think-tags-inline.sse": Read(ANSWER, THOUGHTS, usage=OF_CHAT),
    "05-content-index-counts-deltas.responses.sse": Read("Hello, how are you?", "They say hello, so do I.", usage=OF_RESPONSES),
    "11a-no-blank-line-at-the-end.sse": Read("Paris is the capital.", usage=OF_CHAT),
    "13b-two-events-run-together.sse": Read("One two three."),
    "14-done-without-finish-reason.sse": Read("It works like this."),
    "15a-mistral-thinking-parts.sse": Read("Four, of course.", "Let me count: two plus two.", usage=OF_CHAT),
    "16a-model-length.sse": Read("The three causes are: first, the ", end="length", usage=OF_CHAT),
    "16b-insufficient-system-resource.sse": Read("The three causes are: first, the ", end="interrupted", usage=OF_CHAT),
    "20a-heartbeat-as-data-first.sse": Read("Here it is."),
    "33a-text-only-in-output-text-done.responses.sse": Read("All of it in one event.", usage=Usage(5, None, 6, None)),
    "34a-stop-on-every-chunk-with-a-pause.sse": Read("The first half, the second half."),
    "35a-comments-then-a-whole-answer.sse": Read("All at once.", usage=OF_CHAT),
    "35c-text-then-a-plain-error.sse": Read("Half an ", end="provider"),
    "40-bytes-of-all-kinds.sse": Read("Grüße, 日本語 🚀 a\ufffdb caf\ufffd 👩‍👩‍👧‍👦 end.\u2028next", usage=OF_CHAT),
    "41-azure-first-and-filter-chunks.sse": Read("Hello there.", usage=OF_CHAT),
    "42-whole-message-beside-each-delta-and-no-done.sse": Read("The sky is blue.", usage=OF_CHAT),
    "43-event-and-data-parted-by-a-blank-line.responses.sse": Read("Fine."),
}


@pytest.mark.parametrize("name", STORED)
async def test_stored_streams_cut_at_every_byte(name: str) -> None:
    await holds(name.endswith(".responses.sse"), (FOLDER / name).read_bytes(), STORED[name])


async def holds(is_response: bool, body: bytes, expected: Read) -> None:
    api: Api = "responses" if is_response else "chat_completions"
    assert await read(api, [body]) == expected
    assert await read(api, (body[place : place + 1] for place in range(len(body)))) == expected
    for place in range(1, len(body)):
        assert await read(api, [body[:place], body[place:]]) == expected, body[:place]


def of_kind(*events: bytes | dict[str, Any], done: bytes = b"data: [DONE]\n\n") -> bytes:
    """An answer of Chat Completions that finishes, with this amid it."""
    return (
        data(*saying("One "), *(each if isinstance(each, bytes) else json.dumps(each).encode() for each in events), *saying("two."), END)
        + done
    )


def thought(**fields: Any) -> bytes:
    return data(chunk(fields), *saying("Yes."), END, DONE)


TYPED = [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Yes."}]
WHOLE = {"object": "chat.completion", "choices": [{"index": 0, "message": {"content": "Whole."}, "finish_reason": "stop"}]}
SAME_KINDS: dict[str, tuple[bytes, Read]] = {
    # Thoughts amid the text
    "closing tag alone": (data(*saying("Hm.\n", "</think>\n\n", "Yes."), END, DONE), Read("Yes.", "Hm.\n")),
    "closing tag alone, in one word": (data(*saying("Hm.</think>Yes."), END, DONE), Read("Yes.", "Hm.")),
    "closing tag before a line's end": (data(*saying("Hm. </think>", "\n\nYes."), END, DONE), Read("Yes.", "Hm. ")),
    "other tags": (data(*saying("\n<thinking>Hm.</thinking>", "Yes."), END, DONE), Read("Yes.", "Hm.")),
    "tags of brackets": (data(*saying("[THINK]Hm.[/THINK]Yes."), END, DONE), Read("Yes.", "Hm.")),
    "empty thoughts": (data(*saying("<think>\n\n</think>\n\nYes."), END, DONE), Read("Yes.")),
    "thoughts that never end": (data(*saying("<think>Hm, <b> and </thin"), END, DONE), Read("", "Hm, <b> and </thin")),
    "thoughts in a field, and a tag left over": (data(chunk({"reasoning": "Hm."}), *saying("</think>", "\nYes."), END, DONE), Read("Yes.", "Hm.")),
    "a tag that is talked about": (data(*saying("The tag </think> ends it.</think>"), END, DONE), Read("The tag </think> ends it.</think>")),
    "a tag in code": (data(*saying("`</think>` and\n```\n</think>\n```\n"), END), Read("`</think>` and\n```\n</think>\n```\n")),
    "both tags are talked about": (data(*saying("Between <think> and\n</think> it thinks."), END), Read("Between <think> and\n</think> it thinks.")),
    "a text of tags": (data(*saying("a < b, <", "/", "th>, </", "think"), END, DONE), Read("a < b, </th>, </think")),
    # The framing
    "no newline at all behind the end mark": (data(*saying("Yes."), DONE).rstrip(), Read("Yes.")),
    "one newline always": (data(*saying("One ", "two."), END, DONE, between=b"\n"), Read("One two.")),
    "one newline always, no end mark": (data(*saying("One ", "two."), END, between=b"\n").rstrip(), Read("One two.")),
    "one newline, with heartbeats": (data(b"ping", *saying("One "), b"ping", *saying("two."), DONE, between=b"\r\n"), Read("One two.")),
    "half an event at the end": (data(*saying("Half")) + b'data: {"choices": [{"de', Read("Half", end="interrupted")),
    "half a finish at the end": (data(*saying("Half")) + b"data: " + END[:-2], Read("Half", end="interrupted")),
    "an end without a word": (data(*saying("Half")), Read("Half", end="interrupted")),
    "the end mark alone, before a word": (data(DONE), Read(end="interrupted")),
    "JSON over several lines": (b'data: {"choices": [{\ndata: "delta": {"content": "Hi"},\ndata: "finish_reason": "stop"}]}\n\n', Read("Hi")),
    "lines of JSON": (b"".join(line + b"\n" for line in (*saying("One ", "two."), END)), Read("One two.")),
    # Heartbeats
    "a time": (of_kind(b"10:00:15"), Read("One two.")),
    "words": (of_kind(b"ping", b"OK", b"keep-alive", b"[PING]", b"", b"12", b'"text"', b"null", b"[1, 2]"), Read("One two.")),
    "an event named ping": (data(*saying("One ")) + b"event: ping\ndata: {half\n\n" + data(*saying("two."), END), Read("One two.")),
    "objects": (of_kind({"type": "ping"}, {}, {"choices": []}, {"choices": None}, {"usage": None}), Read("One two.")),
    # Where thoughts are
    "thinking": (thought(thinking="Hm."), Read("Yes.", "Hm.")),
    "in details": (thought(reasoning_details=[{"type": "reasoning.text", "text": "Hm."}]), Read("Yes.", "Hm.")),
    "in details, as a summary": (thought(reasoning_details=[{"type": "reasoning.summary", "summary": "Hm."}]), Read("Yes.", "Hm.")),
    "under two names": (thought(reasoning="Hm.", reasoning_details=[{"type": "reasoning.text", "text": "Hm."}]), Read("Yes.", "Hm.")),
    "in blocks": (thought(reasoning_content="", thinking_blocks=[{"type": "thinking", "thinking": "Hm."}]), Read("Yes.", "Hm.")),
    "typed, beside text": (data(chunk({"content": TYPED}), END, DONE), Read("Yes.", "Hm.")),
    "encrypted": (thought(reasoning_details=[{"type": "reasoning.encrypted", "data": "gAAAA"}]), Read("Yes.")),
    "only thoughts": (data(chunk({"reasoning_content": "It is 4."}), END, DONE), Read("", "It is 4.")),
    # Ends
    "a finish that text takes back": (data(*saying("One "), END, *saying("two."), END, DONE), Read("One two.")),
    "a finish that is taken back for good": (data(chunk({"content": "One "}, "stop"), *saying("two")), Read("One two", end="interrupted")),
    "an error behind a finish with text": (data(chunk({"content": "One "}, "stop"), b'{"error": "boom"}'), Read("One ", end="provider")),
    "an error behind a finish": (data(*saying("One"), END, b'{"error": "boom"}'), Read("One")),
    "usage behind a failed end": (data(*saying("One "), chunk(finish="abort"), b'{"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 9}}'), Read("One ", end="interrupted", usage=OF_CHAT)),
    # Documents
    "a whole answer as an event": (data(json.dumps(WHOLE).encode()), Read("Whole.")),
    "a whole answer over several lines": (b": wait\n\n" + json.dumps(WHOLE, indent=1).encode(), Read("Whole.")),
    "a whole answer behind all its deltas": (data(*saying("Whole.")) + json.dumps(WHOLE).encode(), Read("Whole.")),
    "a message beside the last delta alone": (data(chunk({"reasoning": "Hm."}), chunk({"content": ""}), json.dumps(WHOLE).encode(), DONE), Read("Whole.", "Hm.")),
    "an error behind comments": (b": wait\n\n" + b'{"error": {"message": "Rate limit reached", "code": 429}}\n', Read(end="rate_limit")),
    "a list of errors": (b'[{"error": {"code": 429, "message": "Slow down", "status": "RESOURCE_EXHAUSTED"}}]', Read(end="rate_limit")),
    "a list of errors over several lines": (b'[{\n "error": {\n  "code": 404,\n  "message": "model not found"\n }\n}\n]\n', Read(end="model")),
    "a list of errors as an event": (data(b'[{"error": {"code": 402, "message": "Pay"}}]'), Read(end="quota")),
    "an error of another form": (b'{"detail": "Too many requests"}', Read(end="rate_limit")),
    "a web page amid": (data(*saying("Half")) + b"<html>\n\n<title>502 Bad Gateway</title></html>\n", Read("Half", end="interrupted")),
    "half a document": (b'{"choices": [', Read(end="provider")),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME_KINDS)
async def test_the_same_kinds_cut_at_every_byte(name: str) -> None:
    await holds(False, *SAME_KINDS[name])


def text_delta(text: str, index: int = 0, **where: Any) -> dict[str, Any]:
    return {"type": "response.output_text.delta", "output_index": index, "content_index": 0, "delta": text, **where}


def text_done(text: str, index: int = 0, **where: Any) -> dict[str, Any]:
    return {"type": "response.output_text.done", "output_index": index, "content_index": 0, "text": text, **where}


def item_done(text: str, index: int = 0) -> dict[str, Any]:
    return {
        "type": "response.output_item.done",
        "output_index": index,
        "item": {"type": "message", "content": [{"type": "output_text", "text": text}]},
    }


def completed(*texts: str) -> dict[str, Any]:
    output = [{"type": "message", "content": [{"type": "output_text", "text": text}]} for text in texts]
    return {"type": "response.completed", "response": {"status": "completed", "output": output}}


PART_ADDED = {"type": "response.content_part.added", "output_index": 0, "content_index": 1, "part": {"type": "output_text", "text": ""}}
SUMMARY = {"type": "response.reasoning_summary_text.delta", "output_index": 0, "summary_index": 0, "delta": "Hm."}
OF_THE_RESPONSES_API: dict[str, tuple[bytes, Read]] = {
    "said in every way": (response(text_delta("Yes."), text_done("Yes."), item_done("Yes."), completed("Yes.")), Read("Yes.")),
    "only at the text's end": (response(text_done("Yes."), item_done("Yes."), completed("Yes.")), Read("Yes.")),
    "only at the item's end": (response(item_done("Yes."), completed("Yes.")), Read("Yes.")),
    "two items, only at their ends": (response(item_done("Yes."), item_done("No.", 1), completed("Yes.", "No.")), Read("Yes.\n\nNo.")),
    "only at the end": (response(completed("Yes.")), Read("Yes.")),
    "only at the end, after thoughts": (response(SUMMARY, completed("Yes.")), Read("Yes.", "Hm.")),
    "at the text's end, after thoughts": (response(SUMMARY, text_done("Yes.", 1)), Read("Yes.", "Hm.", "interrupted")),
    "one part in deltas and one at its end": (
        response(text_delta("One."), text_done("One."), PART_ADDED, text_done("Two.", content_index=1), completed("One.", "Two.")),
        Read("One.\n\nTwo."),
    ),
    "two real parts": (response(text_delta("One."), PART_ADDED, text_delta("Two", content_index=1), text_delta(".", content_index=1), completed()), Read("One.\n\nTwo.")),
    "tags": (response(text_delta("<think>Hm.</th"), text_delta("ink>Yes."), completed()), Read("Yes.", "Hm.")),
    "the end mark alone": (response(text_delta("Yes.")) + data(DONE), Read("Yes.")),
    "no end": (response(text_delta("Yes.")), Read("Yes.", end="interrupted")),
    "no newline at all": (response(text_delta("Yes."), completed()).rstrip(), Read("Yes.")),
    "one newline always": (response(text_delta("Yes, "), text_delta("sir."), completed()).replace(b"\n\n", b"\n"), Read("Yes, sir.")),
    "an error behind comments": (b": wait\n\n" + b'{"error": {"message": "context size exceeded"}}', Read(end="context")),
}  # fmt: skip


@pytest.mark.parametrize("name", OF_THE_RESPONSES_API)
async def test_the_responses_api_cut_at_every_byte(name: str) -> None:
    await holds(True, *OF_THE_RESPONSES_API[name])


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        *((word, "length") for word in ("length", "MAX_TOKENS", "max_tokens", "model_length", "FINISH_REASON_MAX_TOKENS")),
        *((word, "stop") for word in ("stop", "STOP", "end_turn", "eos")),
        *((word, "content_filter") for word in ("content_filter", "SAFETY", "recitation")),
        *((word, "interrupted") for word in ("insufficient_system_resource", "network_error", "abort", "error", "CANCELLED", "timeout")),
        ("tool_use", "tool_calls"),
        ("gave_up", "gave_up"),
    ],
)
async def test_reasons_for_the_end(said: str, reason: str) -> None:
    assert await read("chat_completions", [data(*saying("Yes."), chunk(finish=said), DONE)]) == Read("Yes.", end=reason)


@pytest.mark.parametrize(
    ("native", "reason"), [("network_error", "interrupted"), ("MAX_TOKENS", "length"), ("end_turn", "stop"), (None, "stop")]
)
async def test_a_gateway_tells_what_the_server_behind_it_said(native: str | None, reason: str) -> None:
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop", "native_finish_reason": native}]}
    assert await read("chat_completions", [data(*saying("Yes."), json.dumps(end).encode(), DONE)]) == Read("Yes.", end=reason)
