"""The Responses API, OpenAI's primary one."""

from typing import Any

from . import bounded_json, error_reading, finish_reasons
from .answer import Answer
from .delta_buffer import DeltaBuffer
from .drawn import EVENTS, DrawnPictures
from .endpoint import Endpoint
from .errors import ProviderError
from .message_parts import text_of
from .output_pieces import OutputPieces, index
from .parts import Kind, Usage
from .position import Position
from .request import Drawing, Request
from .responses_request import body
from .streamed_calls import StreamedCalls
from .thought_tags import ThoughtTags
from .token_counts import count

__all__ = ["PATH", "Response", "body", "new_answer"]

PATH = "/responses"

_DELTAS: dict[str, Kind] = {
    "response.output_text.delta": "text",
    "response.refusal.delta": "refusal",
    "response.reasoning_summary_text.delta": "reasoning",
    "response.reasoning_text.delta": "reasoning",
}
_DONE = {name.removesuffix("delta") + "done": kind for name, kind in _DELTAS.items()}
_LONGEST_ID = 1_000
_BEGINNINGS = ("response.created", "response.queued", "response.in_progress")


def new_answer(endpoint: Endpoint, request: Request | None = None, resume_at: Position | None = None) -> Answer:
    has_tools, drawing = (request.tools is not None, request.drawing) if request is not None else (False, None)
    return Response(endpoint, resume_at, has_tools=has_tools, drawing=drawing)


class Response:
    """Reads the events of one answer, or those after a position."""

    may_go_on = False

    __slots__ = (
        *("_after", "_calls", "_endpoint", "_id", "_pieces", "_resumed_after"),
        *("audio_tokens", "deltas", "drawn", "finish", "is_alive", "over", "usage"),
    )

    def __init__(
        self, endpoint: Endpoint, resume_at: Position | None = None, *, has_tools: bool = False, drawing: Drawing | None = None
    ) -> None:
        self._endpoint = endpoint
        self._id = ""
        self._after: int | None = None
        self._resumed_after: int | None = None
        self.deltas = DeltaBuffer(None if endpoint.is_openai or endpoint.resume == "background" or resume_at else ThoughtTags())
        self._calls = StreamedCalls(self.deltas) if has_tools else None
        self.drawn = DrawnPictures(self.deltas, endpoint, drawing.model) if drawing is not None else None
        if resume_at is not None:
            self._id, self._after, place, halves = resume_at
            self._resumed_after = self._after
            self.deltas.hold(halves)
            if self._calls is not None and place is not None and place[0] == "tool_call":
                self._calls.take_up(place[1])
        self._pieces = OutputPieces(self.deltas, resume_at.place if resume_at is not None else None)
        self.finish: str | None = None
        self.is_alive = False
        self.usage: Usage | None = None
        self.audio_tokens: tuple[int | None, int | None] = (None, None)
        self.over = False

    @property
    def response_id(self) -> str:
        return self._id

    @property
    def position(self) -> Position | None:
        if not self._id or self._after is None or (self._calls is not None and self._calls.is_held):
            return None
        return Position(self._id, self._after, self._pieces.place, self.deltas.halves)

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
            self.is_alive = True
            delta = event.get("delta")
            if text := delta if type(delta) is str else text_of(delta):
                self._pieces.add(kind, text, event)
        elif name in _BEGINNINGS:
            self._read_id(event.get("response"))
        elif name in ("response.completed", "response.incomplete", "response.failed"):
            response = event.get("response")
            self._end(response if isinstance(response, dict) else {}, bounded_json.word(name).removeprefix("response."))
        elif name == "error" or (event.get("error") and name != "response.created"):
            raise error_reading.from_error(event, self._endpoint)
        elif name == "response.function_call_arguments.delta":
            self.is_alive = True
            if self._calls is not None:
                self._calls.more(index(event, "output_index"), event.get("delta"))
                self._call_goes_on()
        elif type(name) is str and name.startswith(EVENTS):
            self.is_alive = True
            if self.drawn is not None:
                self.drawn.read_event(name, event)
        elif "output_index" in event or "item" in event or "item_id" in event:
            self.is_alive = True
            self._read_border(bounded_json.word(name), event)

    def _read_id(self, response: object) -> None:
        if not self._id and isinstance(response, dict):
            name = response.get("id")
            if (
                isinstance(name, str) and len(name) <= _LONGEST_ID and name.isascii() and name.isprintable()
            ):  # another couldn't be stored, nor asked for again
                self._id = name

    def read_whole(self, document: dict[str, Any]) -> None:
        if document.get("error"):
            raise error_reading.from_error(document, self._endpoint)
        if self._pieces.place is not None and self._resumed_after is not None:
            raise ProviderError("provider", "The server sent the answer in one piece when asked for what comes after a part of it.")
        if document.get("object") == "response" or "output" in document:
            self._end(document, bounded_json.word(document.get("status") or "completed"))
        else:
            raise error_reading.no_answer(document, self._endpoint)

    def _read_border(self, name: str, event: dict[str, Any]) -> None:
        """Where a piece of the output begins or ends. At its end some servers say what they did not stream."""
        if kind := _DONE.get(name):
            self._pieces.ended(kind, event)
        elif name == "response.output_text.annotation.added":
            self.deltas.cite([event.get("annotation")])
        elif name.endswith("part.added"):
            self._pieces.begins()
        elif name == "response.output_item.added":
            self._read_call(event.get("item"), index(event, "output_index"), is_over=False)
            self._read_picture(event.get("item"), index(event, "output_index"), is_over=False)
        elif name == "response.output_item.done":
            self._read_call(event.get("item"), index(event, "output_index"))
            self._read_picture(event.get("item"), index(event, "output_index"))
            self._pieces.add_item(event.get("item"), event.get("output_index"))

    def _read_call(self, item: object, key: int | str | None, *, is_over: bool = True) -> None:
        """An item that is a call of a tool begins, or is over: some servers say its arguments only then."""
        if self._calls is None or not isinstance(item, dict) or item.get("type") != "function_call":
            return
        is_new = not self._calls.has(key)
        if is_new:
            self._calls.begin(key, item.get("call_id") or item.get("id"), item.get("name"))
        if is_over:
            self._calls.over(key, item.get("arguments"))
        self._call_goes_on()

    def _call_goes_on(self) -> None:
        assert self._calls is not None
        key = self._calls.current
        self._pieces.place = ("tool_call", key if isinstance(key, int | str) else None, None, None)

    def _read_picture(self, item: object, index: int | str | None, *, is_over: bool = True) -> None:
        if self.drawn is not None:
            self.drawn.read_item(item, index, is_over=is_over)

    def _end(self, response: dict[str, Any], status: str) -> None:
        output = response.get("output")
        items = output if isinstance(output, list) else []
        for number, item in enumerate(items):
            self._read_picture(item, number)
        if status == "failed":
            self._after = None  # there is nothing left to take up
            raise error_reading.from_error(response, self._endpoint)
        self._pieces.add_items(items)
        if self._calls is not None:
            were_none = self._calls.are_none
            for number, item in enumerate(items):
                if were_none or self._calls.is_untold(number):
                    self._read_call(item, number)
            self._calls.end()
        if isinstance(response.get("usage"), dict):
            self._read_usage(response["usage"])
        if self.drawn is not None:
            self.drawn.read_usage(response)
            if (failure := self.drawn.failure) is not None and not self.deltas.kinds - {"reasoning", "picture"}:
                raise failure
        if status == "completed":
            self.finish = finish_reasons.STOP
        elif status == "incomplete":
            details = response.get("incomplete_details")
            self.finish = finish_reasons.of(str(details.get("reason") if isinstance(details, dict) else "") or "incomplete")
        self.over = True

    def _read_usage(self, usage: dict[str, Any]) -> None:
        self.usage = Usage(
            input_tokens=count(usage, "input_tokens"),
            cached_tokens=count(usage, "input_tokens_details", "cached_tokens"),
            output_tokens=count(usage, "output_tokens"),
            reasoning_tokens=count(usage, "output_tokens_details", "reasoning_tokens"),
        )
        details = ("input_tokens_details", "output_tokens_details")
        self.audio_tokens = (count(usage, details[0], "audio_tokens"), count(usage, details[1], "audio_tokens"))
