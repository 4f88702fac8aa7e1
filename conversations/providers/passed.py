"""A program's request that is sent on as it is (see `passthrough`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, NamedTuple

EVENTS = "text/event-stream"


class File(NamedTuple):
    """Of a form. `content` is read from its beginning each time that it is sent."""

    field: str
    name: str
    content_type: str
    content: IO[bytes]
    size: int


@dataclass(frozen=True, slots=True)
class Passed:
    """A request without its model. A form, where `is_form`, else JSON."""

    path: str
    fields: Mapping[str, Any]
    size: int
    """Bytes of the whole, about."""
    user: str
    """Whose it is; OpenAI is told by a hash."""
    is_form: bool = False
    files: Sequence[File] = ()
    is_streamed: bool = False
    """Events are asked for."""
