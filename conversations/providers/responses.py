"""The Responses API, OpenAI's primary one."""

from typing import Any

from . import error_reading, finish_reasons
from .answer import Answer, count, text_of
from .delta_buffer import DeltaBuffer
from .endpoint import Endpoint
from .errors import ProviderError
from .identity import identity
from .parts import Kind, Usage
from .position import Place, Position
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
_BEGINNINGS = ("response.created", "response.queued", "response.in_progress")


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
    if endpoint.resume == "background":
        fields |= {"background": True, "store": True}
    elif endpoint.is_openai:
        fields["store"] = False
    if endpoint.is_openai:
        fields |= identity(request)
        if "stream_options" not in refused:
            fields["stream_options"] = {"include_obfuscation": False}
    return fields


def _item(turn: Turn) -> dict[str, Any]:
    if turn.role == "user":
        return {"role": "user", "content": turn.text}
    # OpenAI takes the short form here, too, but llama.cpp's server wants answers as it would have given them.
    return {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": turn.text}]}


def new_answer(endpoint: Endpoint, request: Request | None = None, resume_at: Position | None = None) -> Answer:
    return Response(endpoint, resume_at)


class Response:
    """Reads the events of one answer, or those after a position."""

    __slots__ = ("_after", "_endpoint", "_id", "_place", "_resumed_after", "deltas", "finish", "over", "usage")

    def __init__(self, endpoint: Endpoint, resume_at: Position | None = None) -> None:
        self._endpoint = endpoint
        self._id = ""
        self._after: int | None = None
        self._place: Place | None = None
        self._resumed_after: int | None = None
        self.deltas = DeltaBuffer()
        if resume_at is not None:
            self._id, self._after, self._place, halves = resume_at
            self._resumed_after = self._after
            self.deltas.hold(halves)
        self.finish: str | None = None
        self.usage: Usage | None = None
        self.over = False

    @property
    def response_id(self) -> str:
        return self._id

    @property
    def position(self) -> Position | None:
        if not self._id or self._after is None:
            return None
        return Position(self._id, self._after, self._place, self.deltas.halves)

    def read(self, event: dict[str, Any]) -> None:
        number = event.get("sequence_number")
        if type(number) is int:
            if self._resumed_after is not None and number <= self._resumed_after:  # a server that starts over
                return
            self._read(event)
            if not self.over:  # so that the end can be read again by the process that takes up the answer
                self._after = number
        else:
            self._read(event)
            if event.get("type") in (*_DELTAS,):  # nothing says where this text stands
                self._after = None

    def _read(self, event: dict[str, Any]) -> None:
        name = event.get("type")
        kind = _DELTAS.get(name) if type(name) is str else None
        if kind is not None:
            if text := text_of(event.get("delta")):
                self._add(kind, text, (kind, event.get("output_index"), event.get("content_index"), event.get("summary_index")))
        elif name in _BEGINNINGS:
            self._read_id(event.get("response"))
        elif name in ("response.completed", "response.incomplete", "response.failed"):
            response = event.get("response")
            self._end(response if isinstance(response, dict) else {}, str(name).removeprefix("response."))
        elif name == "error" or (event.get("error") and name != "response.created"):
            raise error_reading.from_error(event, self._endpoint)

    def _read_id(self, response: object) -> None:
        if not self._id and isinstance(response, dict):
            name = response.get("id")
            if isinstance(name, str) and name.isascii() and name.isprintable():  # another couldn't be stored, nor asked for again
                self._id = name

    def read_whole(self, document: dict[str, Any]) -> None:
        if document.get("error"):
            raise error_reading.from_error(document, self._endpoint)
        if self._place is not None:
            raise ProviderError("provider", "The server sent the answer in one piece when asked for what comes after a part of it.")
        if document.get("object") == "response" or "output" in document:
            self._end(document, str(document.get("status") or "completed"))
        else:
            raise ProviderError("provider", "The server sent JSON that is no answer.", is_no_answer=True)

    def _add(self, kind: Kind, text: str, place: tuple[Any, ...]) -> None:
        # Separate paragraphs of thought, or messages, arrive without the blank line that stands between them.
        if place != self._place:
            if self._place is not None and self._place[0] == kind:
                text = f"\n\n{text}"
            self._place = place
        self.deltas.add(kind, text)

    def _end(self, response: dict[str, Any], status: str) -> None:
        if status == "failed":
            self._after = None  # there is nothing left to take up
            raise error_reading.from_error(response, self._endpoint)
        if self._place is None:
            self._read_output(response.get("output"))
        if isinstance(response.get("usage"), dict):
            self._read_usage(response["usage"])
        if status == "completed":
            self.finish = finish_reasons.STOP
        elif status == "incomplete":
            details = response.get("incomplete_details")
            reason = str(details.get("reason") if isinstance(details, dict) else "") or "incomplete"
            self.finish = finish_reasons.of_incomplete(reason)
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
