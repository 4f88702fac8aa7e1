"""The tool `image_generation` of the Responses API, by which a model draws amid its answer.

Its shapes are those of the openai library's `types.responses.tool.ImageGeneration`, `response_output_item.ImageGenerationCall`, the events
`response.image_generation_call.*`, and `response.ToolUsageImageGen`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from . import bounded_json, error_reading, picture_tokens
from .delta_buffer import DeltaBuffer
from .encoded_pictures import EncodedPicture
from .endpoint import Endpoint
from .errors import ProviderError
from .parts import Usage
from .request import Drawing
from .token_counts import count

TOOL = "image_generation"
ITEM = "image_generation_call"
EVENTS = "response.image_generation_call."
PARTIAL_IMAGES = 2
BOUND = "max_tool_calls"
PICTURES = 1
"""That an answer may have: budgets and storage have room for so many."""
MOST_CALLS = 20
"""Of one answer, by a provider that doesn't know the bound."""
NO_PICTURE = "The model wanted to draw, and its provider made no picture of it."


def tool(drawing: Drawing, refused: Collection[str]) -> dict[str, Any]:
    """Its entry among the request's tools."""
    fields: dict[str, Any] = {"type": TOOL}
    if drawing.model:
        fields["model"] = drawing.model
    if "partial_images" not in refused:
        fields["partial_images"] = PARTIAL_IMAGES
    return fields


class DrawnPictures:
    """Reads the tool's calls in one answer. Each picture is added to `deltas` once, however often the server says it."""

    def __init__(self, deltas: DeltaBuffer, endpoint: Endpoint, model: str) -> None:
        self._deltas, self._endpoint, self._model = deltas, endpoint, model
        self._open: set[object] = set()
        self._made: set[object] = set()
        self._failed: dict[object, ProviderError] = {}
        self._tokens = 0
        self.size = self.quality = ""
        """Of the last picture, as far as the provider told."""
        self.usage: Usage | None = None
        """As the provider told it."""
        self.image_tokens: tuple[int | None, int | None] = (None, None)
        """Of the usage: what of input and output are images."""

    @property
    def is_going_on(self) -> bool:
        """Whether a picture is being made: then it may be silent for long."""
        return bool(self._open)

    @property
    def calls(self) -> int:
        """So many pictures were made or begun, and are likely charged for."""
        return len(self._open) + len(self._made)

    @property
    def expected_tokens(self) -> int:
        """Of the output, for those pictures, estimated."""
        return self._tokens + len(self._open) * picture_tokens.estimated(self._model, "", "")

    @property
    def failure(self) -> ProviderError | None:
        """Why nothing was drawn, where no picture came of any call."""
        return next(iter(self._failed.values()), None) if not self._made else None

    def read_event(self, name: str, event: dict[str, Any]) -> None:
        """One of EVENTS."""
        key = _key(event.get("item_id"), event.get("output_index"))
        if key in self._made or key in self._failed:
            return
        self._begin(key)
        if name == f"{EVENTS}partial_image":
            self._deltas.add_picture(EncodedPicture(event.get("partial_image_b64"), is_partial=True))

    def read_item(self, item: object, index: object, *, is_over: bool) -> None:
        """An item of the output begins or is over; other kinds are passed over."""
        if not isinstance(item, dict) or item.get("type") != ITEM:
            return
        key = _key(item.get("id"), index)
        if key in self._made or key in self._failed:
            return
        self._begin(key)
        if not is_over:
            return
        self._open.discard(key)
        if isinstance(result := item.get("result"), str) and result:
            self._made.add(key)
            self.size, self.quality = bounded_json.word(item.get("size") or ""), bounded_json.word(item.get("quality") or "")
            self._tokens += picture_tokens.estimated(self._model, self.size, self.quality)
            self._deltas.add_picture(EncodedPicture(result, description=str(item.get("revised_prompt") or "")))
        else:
            error = item.get("error")
            self._failed[key] = error_reading.from_error(error, self._endpoint) if error else ProviderError("provider", NO_PICTURE)

    def read_usage(self, response: dict[str, Any]) -> None:
        """Of the whole response, where it says that."""
        whole = response.get("tool_usage")
        told = whole.get("image_gen") if isinstance(whole, dict) else None
        read, written = count(told, "input_tokens"), count(told, "output_tokens")
        if written and self.calls:
            self.usage = Usage(read, None, written, None)
            made = count(told, "output_tokens_details", "image_tokens")
            self.image_tokens = (count(told, "input_tokens_details", "image_tokens"), written if made is None else made)

    def _begin(self, key: object) -> None:
        if key not in self._open:
            self._open.add(key)
            if len(self._open) + len(self._made) + len(self._failed) > MOST_CALLS:
                raise ProviderError("provider", f"The model wanted to draw more than {MOST_CALLS} pictures in one answer.")


def _key(id_: object, index: object) -> object:
    """By which a call is known in all that is said of it."""
    return id_ if isinstance(id_, str) and id_ else index if type(index) is int else None
