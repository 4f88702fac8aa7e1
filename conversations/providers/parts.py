"""The pure values that a streamed answer is made of, whichever API it came over."""

from typing import Literal, NamedTuple

Kind = Literal["text", "reasoning", "refusal", "tool_call"]


class Call(NamedTuple):
    """Which of the caller's functions a model calls; `id` is what its result is sent back with."""

    id: str
    name: str


class Delta(NamedTuple):
    """More of the answer's text, of its reasoning, of a refusal, or of the arguments of a call."""

    kind: Kind
    text: str
    call: Call | None = None
    """The call that begins with this delta; those after it, of the kind "tool_call", go on with it."""


class WasReasoning(NamedTuple):
    """The last `characters` of the text were reasoning: only where it ended could that be told."""

    characters: int


class Usage(NamedTuple):
    """What the answer took, as far as the provider told."""

    input_tokens: int | None
    cached_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None


class Finish(NamedTuple):
    """The provider's own word that the answer is over: "stop", "length", "content_filter", "tool_calls", …"""

    reason: str


class Picture(NamedTuple):
    """A picture that was made, or how far it has come: the bytes of a file, as the provider encoded it. Nothing in it is checked."""

    data: bytes
    is_partial: bool = False
    description: str = ""
    """What it was made of, where the provider says that in words of its own."""


class Source(NamedTuple):
    """A page that the text so far cites."""

    url: str
    title: str
    """Empty where the provider doesn't say it."""


Part = Delta | WasReasoning | Usage | Finish | Picture | Source
