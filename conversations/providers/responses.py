"""The Responses API, OpenAI's primary one."""

from typing import Any

from . import diagnosis
from .answer import Answer, count, text_of
from .delta_buffer import DeltaBuffer
from .endpoint import Endpoint
from .identity import identity
from .parts import Kind, Usage
from .request import Request, Turn

PATH = "/responses"

_DELTAS: dict[str, Kind] = {
    "response.output_text.delta": "text",
    "response.refusal.delta": "refusal",
    "response.reasoning_summary_text.delta": "reasoning",
    "response.reasoning_text.delta": "reasoning",
}
_CONTENT: dict[str, Kind] = {
    "output_text": "text",
    "text": "text",
    "refusal": "refusal",
    "reasoning_text": "reasoning",
    "summary_text": "reasoning",
}
_INCOMPLETE = {"max_output_tokens": "length"}


def body(endpoint: Endpoint, request: Request, refused: set[str]) -> dict[str, Any]:
    """The request's JSON. What never changes comes first, so that the provider can cache it."""
    fields: dict[str, Any] = {"model": request.model}
    if request.system:
        fields["instructions"] = request.system
    fields["input"] = [_item(turn) for turn in request.turns]
    fields["stream"] = True
    for name, value in request.parameters.items():
        if name == "reasoning_effort":
            fields["reasoning"] = {"effort": value}
            if endpoint.is_openai and "reasoning.summary" not in refused:
                fields["reasoning"]["summary"] = "auto"
        else:
            fields[name] = value
    if endpoint.is_openai:
        fields["store"] = False
        fields |= identity(request)
        if "stream_options" not in refused:
            fields["stream_options"] = {"include_obfuscation": False}
    return fields


def _item(turn: Turn) -> dict[str, Any]:
    if turn.role == "user":
        return {"role": "user", "content": turn.text}
    # OpenAI takes the short form here, too, but llama.cpp's server wants answers as it would have given them.
    return {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": turn.text}]}


def new_answer(endpoint: Endpoint, request: Request) -> Answer:
    return Response(endpoint)


class Response:
    """Reads the events of one answer."""

    __slots__ = ("_endpoint", "_place", "deltas", "finish", "over", "usage")

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._place: tuple[Any, ...] | None = None
        self.deltas = DeltaBuffer()
        self.finish: str | None = None
        self.usage: Usage | None = None
        self.over = False

    def read(self, event: dict[str, Any]) -> None:
        name = event.get("type")
        kind = _DELTAS.get(name) if type(name) is str else None
        if kind is not None:
            if text := text_of(event.get("delta")):
                self._add(kind, text, (kind, event.get("output_index"), event.get("content_index"), event.get("summary_index")))
        elif name in ("response.completed", "response.incomplete", "response.failed"):
            response = event.get("response")
            self._end(response if isinstance(response, dict) else {}, str(name).removeprefix("response."))
        elif name == "error" or (event.get("error") and name != "response.created"):
            raise diagnosis.from_error(event, self._endpoint)

    def read_whole(self, document: dict[str, Any]) -> None:
        if document.get("error"):
            raise diagnosis.from_error(document, self._endpoint)
        if document.get("object") == "response" or "output" in document:
            self._end(document, str(document.get("status") or "completed"))

    def _add(self, kind: Kind, text: str, place: tuple[Any, ...]) -> None:
        # Separate paragraphs of thought, or messages, arrive without the blank line that stands between them.
        if place != self._place:
            if self._place is not None and self._place[0] == kind:
                text = f"\n\n{text}"
            self._place = place
        self.deltas.add(kind, text)

    def _end(self, response: dict[str, Any], status: str) -> None:
        if status == "failed":
            raise diagnosis.from_error(response, self._endpoint)
        if self._place is None:
            self._read_output(response.get("output"))
        if isinstance(response.get("usage"), dict):
            self._read_usage(response["usage"])
        if status == "completed":
            self.finish = "stop"
        elif status == "incomplete":
            details = response.get("incomplete_details")
            reason = str(details.get("reason") if isinstance(details, dict) else "") or "incomplete"
            self.finish = _INCOMPLETE.get(reason, reason)
        self.over = True

    def _read_output(self, output: object) -> None:
        items = [item for item in output if isinstance(item, dict)] if isinstance(output, list) else []
        for number, item in enumerate(items):
            for field in ("summary", "content"):
                contents = item.get(field)
                for index, content in enumerate(contents if isinstance(contents, list) else []):
                    kind = _CONTENT.get(str(content.get("type"))) if isinstance(content, dict) else None
                    if kind and (text := text_of(content.get("text") or content.get("refusal"))):
                        self._add(kind, text, (kind, number, field, index))

    def _read_usage(self, usage: dict[str, Any]) -> None:
        self.usage = Usage(
            input_tokens=count(usage, "input_tokens"),
            cached_tokens=count(usage, "input_tokens_details", "cached_tokens"),
            output_tokens=count(usage, "output_tokens"),
            reasoning_tokens=count(usage, "output_tokens_details", "reasoning_tokens"),
        )
