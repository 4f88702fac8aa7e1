"""The Images API: pictures made of words, and of other pictures (`/images/generations` and `/images/edits`).

Its shapes are those of the openai library's `types.images_response`, `image_gen_*_event` and `image_edit_*_event`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from . import error_reading, finish_reasons
from .encoded_pictures import EncodedPicture
from .endpoint import Endpoint
from .errors import ProviderError
from .identity import pseudonym
from .parts import Usage
from .position import Position
from .request import Request, Wish
from .token_counts import count

PATH = "/images/generations"
EDITS = "/images/edits"
LONGEST_PROMPT = 32_000
"""Characters that the API takes."""
PARTIAL_IMAGES = 2
_PARTIAL = ("image_generation.partial_image", "image_edit.partial_image")
_COMPLETED = ("image_generation.completed", "image_edit.completed")
_GPT_IMAGE = re.compile(r"(?:.*/)?(?:chat)?gpt-image", re.I)


def is_gpt_image(model: str) -> bool:
    """Whether it is of the family that takes quality and background, streams, and always sends Base64."""
    return _GPT_IMAGE.match(model) is not None


def body(endpoint: Endpoint, request: Request, refused: set[str]) -> dict[str, Any]:
    """The request's JSON, or the fields of its form; files are no part of it."""
    wish = request.wish or Wish()
    fields: dict[str, Any] = {"model": request.model, "prompt": request.turns[-1].text[:LONGEST_PROMPT]}
    given = {"size": wish.size, "quality": wish.quality, "background": wish.background}
    fields |= {name: value for name, value in given.items() if value}
    if wish.number > 1:
        fields["n"] = wish.number
    if not is_gpt_image(request.model):
        return fields if "response_format" in refused else {**fields, "response_format": "b64_json"}
    if wish.number == 1 and "partial_images" not in refused:  # the events of several don't say which they are of
        fields |= {"stream": True, "partial_images": PARTIAL_IMAGES}
    if endpoint.is_openai and request.user:
        fields["safety_identifier"] = pseudonym(request.user)
    return fields


def new_answer(endpoint: Endpoint, request: Request, resume_at: Position | None = None) -> Pictures:
    return Pictures(endpoint, (request.wish or Wish()).number)


class Made:
    """Pictures that have come and were not taken yet."""

    def __init__(self) -> None:
        self.kinds: set[str] = set()
        self._parts: list[EncodedPicture] = []

    def add(self, picture: EncodedPicture) -> None:
        self._parts.append(picture)
        self.kinds.add("picture")

    def take(self) -> list[EncodedPicture]:
        taken, self._parts = self._parts, []
        return taken

    drain = take


class Pictures:
    """Reads the events of one request, or its document."""

    may_go_on = False
    response_id = ""
    position = drawn = None
    audio_tokens: tuple[int | None, int | None] = (None, None)

    def __init__(self, endpoint: Endpoint, most: int) -> None:
        """`most`: so many were wished. What a server sends beyond them is passed over."""
        self._endpoint, self._most = endpoint, most
        self.deltas: Any = Made()
        self.usage: Usage | None = None
        self.image_tokens: tuple[int | None, int | None] = (None, None)
        """Of the usage: what of input and output are images."""
        self.finish: str | None = None
        self.is_alive = self.over = False

    def read(self, event: dict[str, Any]) -> None:
        kind = event.get("type")
        if kind in _PARTIAL:
            self.deltas.add(EncodedPicture(event.get("b64_json"), is_partial=True))
        elif kind in _COMPLETED:
            self.deltas.add(EncodedPicture(event.get("b64_json")))
            self._end(event)
        elif event.get("error") or kind == "error":
            raise error_reading.from_error(event.get("error") or event, self._endpoint)
        elif isinstance(event.get("data"), list):
            self.read_whole(event)

    def read_whole(self, document: dict[str, Any]) -> None:
        found = document.get("data")
        if not isinstance(found, list) or not found:
            raise error_reading.no_answer(document, self._endpoint)
        for one in found[: self._most]:
            if isinstance(one, dict) and one.get("url") and not one.get("b64_json"):
                raise ProviderError("provider", "The server sent an address instead of the picture.")
            said = one.get("revised_prompt") if isinstance(one, dict) else ""
            self.deltas.add(EncodedPicture(one.get("b64_json") if isinstance(one, dict) else None, description=str(said or "")))
        self._end(document)

    def _end(self, told: dict[str, Any]) -> None:
        self.usage, self.image_tokens = usage(told)
        self.finish = finish_reasons.STOP
        self.over = True


def usage(told: Mapping[str, Any]) -> tuple[Usage | None, tuple[int | None, int | None]]:
    """What a document or an event tells of it, and what of its input and output are images."""
    counted = told.get("usage")
    read, written = count(counted, "input_tokens"), count(counted, "output_tokens")
    if read is None and written is None:
        return None, (None, None)
    words = count(counted, "output_tokens_details", "text_tokens") or 0
    made = None if written is None else max(0, written - words)
    return Usage(read, None, written, None), (count(counted, "input_tokens_details", "image_tokens"), made)
