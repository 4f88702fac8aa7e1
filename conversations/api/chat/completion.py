"""The shapes of Chat Completions: https://platform.openai.com/docs/api-reference/chat/object and …/chat-streaming."""

from __future__ import annotations

import time
import uuid
from typing import Any

import orjson

from conversations.generation.unstored_answer import Ended
from conversations.models import Status
from conversations.providers import finish_reasons
from conversations.providers.parts import Call

_FIELDS = {"text": "content", "reasoning": "reasoning_content", "refusal": "refusal"}
"""Of a message or a delta, by the kind of what was said. The second is DeepSeek's and vLLM's, which clients know."""


class Completion:
    """One answer's objects, which share an id."""

    def __init__(self, model: str) -> None:
        self._head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": model}
        whole = orjson.dumps({**self._head, "object": "chat.completion.chunk"})[:-1]
        self._before = {
            kind: b'data: %b,"choices":[{"index":0,"finish_reason":null,"logprobs":null,"delta":{"%b":' % (whole, field.encode())
            for kind, field in _FIELDS.items()
        }
        self._calls = -1
        """The number of the call that was told last."""

    def whole(self, ended: Ended) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None}
        for part in ended.parts:
            if part["type"] == "tool_call":
                message.setdefault("tool_calls", []).append(_call(part["id"], part["name"], part["text"]))
            elif (field := _FIELDS.get(part["type"])) is not None:
                message[field] = (message.get(field) or "") + part["text"]
        message |= _annotations(ended)
        choice = {"index": 0, "message": message, "finish_reason": finish_reason(ended), "logprobs": None}
        return {**self._head, "object": "chat.completion", "choices": [choice], "usage": usage(ended)}

    def first(self) -> bytes:
        return self._event([self._choice({"role": "assistant", "content": "", "refusal": None})])

    def delta(self, kind: str, text: str, call: Call | None = None) -> bytes:
        if kind == "tool_call":
            return self._call_delta(text, call)
        return b"%b%b}}]}\n\n" % (self._before[kind], orjson.dumps(text))

    def last(self, ended: Ended) -> bytes:
        return self._event([self._choice(_annotations(ended), finish_reason(ended))])

    def usage(self, ended: Ended) -> bytes:
        """What `stream_options.include_usage` asks for."""
        return self._event([], usage=usage(ended))

    def _call_delta(self, arguments: str, call: Call | None) -> bytes:
        """The first delta of a call names it, those after it have more of its arguments."""
        if call is None:
            said: dict[str, Any] = {"function": {"arguments": arguments}}
        else:
            self._calls += 1
            said = _call(call.id, call.name, arguments)
        return self._event([self._choice({"tool_calls": [{"index": self._calls, **said}]})])

    def _choice(self, delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        return {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}

    def _event(self, choices: list[dict[str, Any]], **more: Any) -> bytes:
        return b"data: %b\n\n" % orjson.dumps({**self._head, "object": "chat.completion.chunk", "choices": choices, **more})


def _annotations(ended: Ended) -> dict[str, Any]:
    """The pages that the answer cites, where it cites some: each of the whole text, for where it does so isn't kept."""
    text = "".join(part["text"] for part in ended.parts if part["type"] == "text")
    cited = [source for part in ended.parts if part["type"] == "text" for source in part.get("sources", ())]
    where = {"start_index": 0, "end_index": len(text)}
    return {"annotations": [{"type": "url_citation", "url_citation": {**one, **where}} for one in cited]} if cited else {}


def _call(call_id: str, name: str, arguments: str) -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def finish_reason(ended: Ended) -> str:
    reason = ended.finish_reason
    if ended.status != Status.COMPLETE:
        return "length"  # it was cut off; what cut it off is told as an error
    if reason in (finish_reasons.LENGTH, finish_reasons.CONTENT_FILTER, finish_reasons.TOOL_CALLS):
        return reason
    return "stop"


def usage(ended: Ended) -> dict[str, Any]:
    counted = ended.usage or {}
    read, written = counted.get("input_tokens") or 0, counted.get("output_tokens") or 0
    return {
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written,
        "prompt_tokens_details": {"cached_tokens": counted.get("cached_tokens") or 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": counted.get("reasoning_tokens") or 0, "audio_tokens": 0},
    }
