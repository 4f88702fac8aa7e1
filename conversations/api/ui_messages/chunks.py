"""The AI SDK's UI message stream, version 1: https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol.

Its clients refuse a stream with a chunk that they don't know, so there are only those that versions 6 and 7 have in common.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

import orjson

from conversations.api import failures
from conversations.api.event_stream import DONE, EventStream
from conversations.generation.unstored_answer import Ended
from conversations.models import Status
from conversations.providers import finish_reasons
from conversations.providers.parts import Call

HEADER = "X-Vercel-AI-UI-Message-Stream"
VERSION = "v1"
_REASONS = {
    finish_reasons.STOP: "stop",
    finish_reasons.LENGTH: "length",
    finish_reasons.CONTENT_FILTER: "content-filter",
    finish_reasons.TOOL_CALLS: "tool-calls",
    "": "stop",
}


class ChunkStream(EventStream):
    def __init__(self, events: AsyncGenerator[bytes]) -> None:
        super().__init__(events)
        self[HEADER] = VERSION


class Chunks:
    """Writes one answer, which is a step of a message. Each of its parts has its number as its id."""

    def __init__(self) -> None:
        self._kind, self._number = "", -1
        self._sources = 0
        self._call: Call | None = None
        self._arguments: list[str] = []
        """Of the call that is being written."""
        self._head = b""

    def beginning(self, message_id: str, **metadata: Any) -> bytes:
        more = {"messageMetadata": metadata} if metadata else {}
        return _event("start", messageId=message_id, **more) + _event("start-step")

    def said(self, kind: str, text: str, call: Call | None = None) -> bytes:
        """More of the answer. A refusal is text, for which the SDK has no other word."""
        before = b""
        kind = "text" if kind == "refusal" else kind
        if kind != self._kind or call is not None:
            before = self.close() + self._begin(kind, call)
        if self._call is not None:
            self._arguments.append(text)
        if not text:
            return before
        return b"%b%b%b}\n\n" % (before, self._head, orjson.dumps(text))

    def cited(self, url: str, title: str) -> bytes:
        """A page that the text so far cites. The text goes on after it."""
        self._sources += 1
        return _event("source-url", sourceId=f"source-{self._sources}", url=url, **({"title": title} if title else {}))

    def file(self, url: str, media_type: str) -> bytes:
        """A file that the answer brings, where it stands."""
        return self.close() + _event("file", url=url, mediaType=media_type)

    def step(self, parts: Sequence[dict[str, Any]], results: Mapping[str, str]) -> bytes:
        """A step that has ended, with the results of its calls, and the beginning of the next one."""
        said = b"".join(self.said(part["type"], part["text"], _call_of(part)) for part in parts if "text" in part)
        given = b"".join(_event("tool-output-available", toolCallId=key, output=output(text)) for key, text in results.items())
        return said + self.close() + given + _event("finish-step") + _event("start-step")

    def close(self, *, is_whole: bool = True) -> bytes:
        """The end of the last part. A call that is not whole is never handed over."""
        kind, self._kind = self._kind, ""
        call, self._call = self._call, None
        if call is not None:
            return self._call_end(call) if is_whole else b""
        return _event(f"{kind}-end", id=str(self._number)) if kind else b""

    def end(self, ended: Ended, **metadata: Any) -> bytes:
        """Its end, whichever it was, and that of the stream."""
        closed = self.close(is_whole=ended.error is None and ended.status == Status.COMPLETE)
        if ended.error is not None:
            return closed + self.broken_off(failures.of(ended.error).message)
        reason = _REASONS.get(ended.finish_reason, "other") if ended.status == Status.COMPLETE else "other"
        told = {"usage": usage(ended), **metadata}
        return closed + _event("finish-step") + _event("finish", finishReason=reason, messageMetadata=told) + DONE

    def broken_off(self, sentence: str) -> bytes:
        """What the page's user is told in place of the rest."""
        return self.close(is_whole=False) + _event("error", errorText=sentence) + DONE

    def _begin(self, kind: str, call: Call | None) -> bytes:
        self._kind, self._number = kind, self._number + 1
        if kind != "tool_call":
            part_id = str(self._number)
            self._head = b'data: {"type":"%b-delta","id":"%d","delta":' % (kind.encode(), self._number)
            return _event(f"{kind}-start", id=part_id)
        self._call, self._arguments = call or Call("", ""), []
        self._head = b'data: {"type":"tool-input-delta","toolCallId":%b,"inputTextDelta":' % orjson.dumps(self._call.id)
        return _event("tool-input-start", toolCallId=self._call.id, toolName=self._call.name)

    def _call_end(self, call: Call) -> bytes:
        arguments = "".join(self._arguments)
        named = {"toolCallId": call.id, "toolName": call.name}
        try:
            given = orjson.loads(arguments or "{}")
        except orjson.JSONDecodeError:
            told = "The model’s arguments for this function are no JSON."
            return _event("tool-input-error", **named, input=arguments, errorText=told)
        return _event("tool-input-available", **named, input=given)


def output(text: str) -> Any:
    """What a function gave back, as the page had it: what is no text is stored as JSON."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _call_of(part: dict[str, Any]) -> Call | None:
    return Call(part["id"], part["name"]) if part["type"] == "tool_call" else None


def usage(ended: Ended) -> dict[str, int]:
    """Tokens, in the SDK's words."""
    counted = ended.usage or {}
    read, written = counted.get("input_tokens") or 0, counted.get("output_tokens") or 0
    return {
        "inputTokens": read,
        "outputTokens": written,
        "totalTokens": read + written,
        "reasoningTokens": counted.get("reasoning_tokens") or 0,
        "cachedInputTokens": counted.get("cached_tokens") or 0,
    }


def _event(kind: str, **fields: Any) -> bytes:
    return b"data: %b\n\n" % orjson.dumps({"type": kind, **fields})
