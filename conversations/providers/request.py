"""What is asked of a provider, in our own terms."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from .tools import ToolCall, Tools

Parameter = Literal["temperature", "top_p", "max_output_tokens", "reasoning_effort"]


class TurnFile(NamedTuple):
    """A file that is sent as it is. Its bytes are read while the request is written, and not kept."""

    kind: Literal["image", "document", "audio"]
    name: str
    content_type: str
    size: int
    """In bytes."""
    tokens: int
    """Estimated."""
    read: Callable[[], bytes]
    """Blocks. Raises whatever the storage raises where the file is gone."""
    url: str = ""
    """Where the provider finds it, in place of its bytes."""


class Turn(NamedTuple):
    """One message of the conversation so far. Files come before the text. Instructions amid it (“system”) come from programs only."""

    role: Literal["user", "assistant", "system"]
    text: str
    files: tuple[TurnFile, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    """Of an assistant: what it called, after its text."""
    call_id: str = ""
    """The call whose result this is. Such a turn's role is the user's."""


class Wish(NamedTuple):
    """Pictures that are to be made: the last turn's text says of what, its files are what they are made from. "" is left to the model."""

    number: int = 1
    size: str = ""
    quality: str = ""
    background: str = ""
    mask: str = ""
    """The id of the image that says, by what of it is transparent, which part of the first picture is to be made again."""


class Drawing(NamedTuple):
    """That the model may draw amid its answer, by its provider's own tool."""

    model: str = ""
    """Which makes the pictures, by the provider's name for it; "" leaves that to the provider."""
    may_begin: bool = True
    """Whether the tool is offered; else only what comes is read, of an answer that was begun with it."""


@dataclass(frozen=True, slots=True)
class Request:
    """One answer to be streamed. A parameter that is absent is not sent.

    `prefix` is the beginning of the answer, which is there already: where the endpoint's `resume` is "prefix", only what comes after it is
    streamed. Other endpoints don't get it.
    """

    model: str
    system: str
    turns: list[Turn]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    user: str = ""
    cache_key: str = ""
    prefix: str = ""
    output_schema: Mapping[str, Any] | None = None
    """The JSON schema that the answer follows, where the endpoint takes one."""
    tools: Tools | None = None
    """Without these, calls in the answer are passed over."""
    wish: Wish | None = None
    """Of a request for pictures instead of an answer."""
    mask: TurnFile | None = None
    """The image that `wish` speaks of."""
    drawing: Drawing | None = None
    """Without it, pictures in the answer are passed over. Chat Completions has no such tool."""
    about: Mapping[str, str] = field(default_factory=dict)
    """What headers of the endpoint may name, see `header_templates`; filled where it has such headers."""
    traceparent: str = ""
    """Of the W3C's Trace Context, where requests are traced."""

    @property
    def has_files(self) -> bool:
        return any(turn.files for turn in self.turns)

    @property
    def file_bytes(self) -> int:
        return sum(0 if file.url else file.size for turn in self.turns for file in turn.files)

    @property
    def has_images(self) -> bool:
        return any(file.kind == "image" for turn in self.turns for file in turn.files)
