"""The pure values that a streamed answer is made of, whichever API it came over."""

from typing import Literal, NamedTuple

Kind = Literal["text", "reasoning", "refusal"]


class Delta(NamedTuple):
    """More of the answer's text, of its reasoning, or of a refusal."""

    kind: Kind
    text: str


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


Part = Delta | WasReasoning | Usage | Finish
