"""What both wires have in common while an answer is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from .delta_buffer import DeltaBuffer
from .endpoint import Endpoint
from .parts import Usage
from .position import Position
from .request import Request

if TYPE_CHECKING:
    from .drawn import DrawnPictures


class Answer(Protocol):
    """Takes an answer's wire events, one by one, and knows when the provider has said that it is over."""

    deltas: DeltaBuffer
    usage: Usage | None
    audio_tokens: tuple[int | None, int | None]
    """Of the usage: what of input and output are sound."""
    finish: str | None
    may_go_on: bool
    """The finish came together with text, as where a server sends it with every chunk: more text takes it back."""
    is_alive: bool
    """Something of the answer has come, be it without text; for the reader of the stream to clear."""
    over: bool
    """Nothing worth waiting for comes any more."""

    @property
    def drawn(self) -> DrawnPictures | None:
        """The pictures that the model drew amid the answer, where it may."""

    @property
    def response_id(self) -> str:
        """The provider's id of an answer that can be taken up or cancelled, or "" as long as it is unknown."""

    @property
    def position(self) -> Position | None:
        """Where another stream can take up after what was read, if it can."""

    def read(self, event: dict[str, Any]) -> None:
        """Take one event. Raises ProviderError when it tells of a failure."""

    def read_whole(self, document: dict[str, Any]) -> None:
        """Take a document that came without being an event: an answer in one piece, or an error, which is raised."""


class Wire(Protocol):
    """One of the two APIs: the modules chat_completions and responses."""

    PATH: str

    def body(self, endpoint: Endpoint, request: Request, refused: set[str]) -> dict[str, Any]:
        """The request's JSON, without the optional fields that the server refuses."""

    def new_answer(self, endpoint: Endpoint, request: Request, resume_at: Position | None = None) -> Answer:
        """The reader of one answer, or of what of it comes after a position."""
