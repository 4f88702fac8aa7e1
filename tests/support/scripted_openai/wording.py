"""The form of an answer in each of the two APIs."""

import base64
import json
from typing import Any

from .received import Request
from .script import (
    USAGE,
    Answer,
    Cites,
    DrawingBegins,
    DrawingEnds,
    Event,
    Finish,
    Raw,
    Reasoning,
    Refusal,
    Step,
    Text,
    ToolArguments,
    ToolCall,
)

_CHAT_FIELDS: dict[type, str] = {Text: "content", Refusal: "refusal"}
_DELTAS: dict[type, str] = {
    Text: "response.output_text.delta",
    Reasoning: "response.reasoning_summary_text.delta",
    Refusal: "response.refusal.delta",
}


class Wording:
    """The events of one answer as bytes, numbered as they come."""

    def __init__(self, request: Request, answer: Answer, response_id: str = "resp_1") -> None:
        self._request, self._answer, self._response_id = request, answer, response_id
        self._text = ""
        self._calls: list[dict[str, Any]] = []
        self._drawn: list[dict[str, Any]] = []
        self._text_index = 0
        self.number = 0  # of the next event

    def beginning(self) -> list[bytes]:
        if self._request.wire != "responses" or not any(isinstance(step, Text | Finish) for step in self._answer.steps):
            return []
        response = {"id": self._response_id, "status": "in_progress", "output": []}
        item = {"type": "message", "content": []}
        return [
            self._event({"type": "response.created", "response": response}),
            self._event({"type": "response.output_item.added", "output_index": 0, "item": item}),
        ]

    def of(self, step: Step) -> list[bytes]:
        """What this step says; nothing where it isn't something to say."""
        if isinstance(step, Raw):
            return [step.data]
        if isinstance(step, Event):
            return [self._event(step.data, step.name)]
        responses = self._request.wire == "responses"
        if isinstance(step, Finish):
            return [self._response_end(step)] if responses else self._chat_end(step)
        if isinstance(step, ToolCall | ToolArguments):
            return [self._response_call(step) if responses else self._chat_call(step)]
        if isinstance(step, Cites):
            return [self._citation(step)]
        if isinstance(step, DrawingBegins | DrawingEnds):
            return [self._event(event) for event in self._drawing(step)] if responses else []
        if isinstance(step, Text | Reasoning | Refusal):
            return [self._response_delta(step) if responses else self._chat_delta(step)]
        return []

    def _chat_delta(self, step: Text | Reasoning | Refusal) -> bytes:
        delta = {"role": "assistant"} if self.number == 0 else {}
        delta[_CHAT_FIELDS.get(type(step), self._answer.reasoning_field)] = step.text
        return self._event(_chunk([{"index": 0, "delta": delta, "finish_reason": None}]))

    def _response_delta(self, step: Text | Reasoning | Refusal) -> bytes:
        if isinstance(step, Text):
            self._text += step.text
        return self._event({"type": _DELTAS[type(step)], **self._place, "delta": step.text})

    @property
    def _place(self) -> dict[str, Any]:
        return {"item_id": f"item_{self._text_index + 1}", "output_index": self._text_index, "content_index": 0}

    def _drawing(self, step: DrawingBegins | DrawingEnds) -> list[dict[str, Any]]:
        index = max(1, 2 * len(self._drawn) + (1 if isinstance(step, DrawingBegins) else -1))
        self._text_index = index + 1
        where, name = {"output_index": index, "item_id": step.id}, "response.image_generation_call"
        if isinstance(step, DrawingBegins):
            self._drawn.append({})
            begun = {"id": step.id, "type": "image_generation_call", "status": "in_progress"}
            partials = [{"partial_image_index": number, "partial_image_b64": _base64(one)} for number, one in enumerate(step.partials)]
            return [
                {"type": "response.output_item.added", "output_index": index, "item": begun},
                {"type": f"{name}.in_progress", **where},
                {"type": f"{name}.generating", **where},
                *({"type": f"{name}.partial_image", **where, **partial} for partial in partials),
            ]
        status, result = ("completed", _base64(step.data)) if step.data else ("failed", None)
        item: dict[str, Any] = {"id": step.id, "type": "image_generation_call", "status": status, "result": result, **step.more}
        self._drawn[max(0, len(self._drawn) - 1) :] = [item]
        if not step.is_told:
            return []
        ended = [{"type": f"{name}.completed", **where}] if step.data else []
        return [*ended, {"type": "response.output_item.done", "output_index": index, "item": item}]

    def _citation(self, step: Cites) -> bytes:
        cited = {"url": step.url, "title": step.title, "start_index": 0, "end_index": len(self._text)}
        if self._request.wire == "responses":
            where = {**self._place, "annotation_index": 0}
            return self._event({"type": "response.output_text.annotation.added", **where, "annotation": {"type": "url_citation", **cited}})
        delta = {"annotations": [{"type": "url_citation", "url_citation": cited}]}
        return self._event(_chunk([{"index": 0, "delta": delta, "finish_reason": None}]))

    def _chat_call(self, step: ToolCall | ToolArguments) -> bytes:
        if isinstance(step, ToolCall):
            self._calls.append({})
            call = {"id": step.id, "type": "function", "function": {"name": step.name, "arguments": ""}}
        else:
            call = {"function": {"arguments": step.text}}
        delta = {"tool_calls": [{"index": len(self._calls) - 1, **call}]}
        return self._event(_chunk([{"index": 0, "delta": delta, "finish_reason": None}]))

    def _response_call(self, step: ToolCall | ToolArguments) -> bytes:
        if isinstance(step, ToolCall):
            item = {"type": "function_call", "call_id": step.id, "name": step.name, "arguments": ""}
            self._calls.append(item)
            return self._event({"type": "response.output_item.added", "output_index": len(self._calls), "item": {**item}})
        self._calls[-1]["arguments"] += step.text
        return self._event({"type": "response.function_call_arguments.delta", "output_index": len(self._calls), "delta": step.text})

    def _response_end(self, step: Finish) -> bytes:
        status = "completed" if step.reason in ("stop", "tool_calls") else "incomplete"
        response: dict[str, Any] = {"id": self._response_id, "object": "response", "status": status, "usage": _response_usage(step.usage)}
        response["output"] = [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": self._text}]}]
        response["output"] += self._calls + self._drawn
        if step.tool_usage is not None:
            response["tool_usage"] = step.tool_usage
        if status == "incomplete":
            response["incomplete_details"] = {"reason": "max_output_tokens" if step.reason == "length" else step.reason}
        return self._event({"type": f"response.{status}", "response": response})

    def _chat_end(self, step: Finish) -> list[bytes]:
        said = [self._event(_chunk([{"index": 0, "delta": {}, "finish_reason": step.reason}]))]
        if step.usage is not None and (self._request.body.get("stream_options") or {}).get("include_usage"):
            said.append(self._event({**_chunk([]), "usage": _chat_usage(step.usage)}))
        if step.done:
            said.append(b"data: [DONE]" + self._answer.newline * 2)
        return said

    def _event(self, data: object, name: str | None = None) -> bytes:
        newline = self._answer.newline
        if isinstance(data, dict) and self._request.wire == "responses":
            data = {"sequence_number": self.number, **data}
            name = name or data.get("type")
        self.number += 1
        head = b"" if name is None else b"event: " + name.encode() + newline
        return head + b"data: " + json.dumps(data).encode() + newline * 2


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _chunk(choices: list[Any]) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "scripted-model", "choices": choices}


def _chat_usage(usage: dict[str, int] | None) -> dict[str, Any] | None:
    return usage and {
        "prompt_tokens": usage["input_tokens"],
        "completion_tokens": usage["output_tokens"],
        "total_tokens": usage["input_tokens"] + usage["output_tokens"],
        "prompt_tokens_details": {"cached_tokens": usage["cached_tokens"]},
        "completion_tokens_details": {"reasoning_tokens": usage["reasoning_tokens"]},
    }


def _response_usage(usage: dict[str, int] | None) -> dict[str, Any] | None:
    return usage and {
        "input_tokens": usage["input_tokens"],
        "input_tokens_details": {"cached_tokens": usage["cached_tokens"]},
        "output_tokens": usage["output_tokens"],
        "output_tokens_details": {"reasoning_tokens": usage["reasoning_tokens"]},
    }


def whole(request: Request, answer: Answer) -> dict[str, Any]:
    """The answer in one piece, for clients that ask for no stream."""
    return whole_answer(request.wire, "".join(step.text for step in answer.steps if isinstance(step, Text)))


def whole_answer(wire: str, text: str) -> dict[str, Any]:
    """A complete answer in the form of each API."""
    if wire == "responses":
        content = [{"type": "output_text", "text": text, "annotations": []}]
        output = [{"type": "message", "role": "assistant", "content": content}]
        return {"id": "resp_1", "object": "response", "status": "completed", "output": output, "usage": _response_usage(USAGE)}
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {"id": "chatcmpl-1", "object": "chat.completion", "choices": [choice], "usage": _chat_usage(USAGE)}
