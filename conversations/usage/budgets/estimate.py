"""What an answer may take of budgets, before it is known."""

from __future__ import annotations

from typing import NamedTuple

from conversations.models import AttemptKind

from .used import Used


class Estimate(NamedTuple):
    """What an answer may take: reading the conversation, and an answer of the most tokens it may have. Costs are nanodollars."""

    input_tokens: int
    output_tokens: int
    input_cost: int | None
    """None: the price is unknown."""
    output_cost: int | None
    margin: float = 1.0
    """By how much more than was estimated may be read; so much is held back."""
    kind: AttemptKind = AttemptKind.TEXT
    units: int = 0
    """Of its kind: pictures, milliseconds of audio, or files."""

    @property
    def is_priced(self) -> bool:
        return self.input_cost is not None and self.output_cost is not None

    def most(self, output_tokens: int) -> Used:
        """What is held back for an answer of so many tokens."""
        return Used(
            _up((self.input_cost or 0) * self.margin) + self.cost_of(output_tokens), _up(self.input_tokens * self.margin) + output_tokens
        )

    def cost_of(self, output_tokens: int) -> int:
        return -(-(self.output_cost or 0) * output_tokens // self.output_tokens)

    def fitting(self, left: Used, *, cost: bool, tokens: bool) -> int:
        """How many tokens an answer may have that costs and takes no more than what is left; negative where reading takes all."""
        room = self.output_tokens
        reading = self.most(0)
        if tokens:
            room = min(room, left.tokens - reading.tokens)
        if cost and left.cost < reading.cost and reading.cost:
            return -1  # also where only a part of it has a price
        if cost and self.is_priced:
            if left.cost < reading.cost:
                return -1
            if self.output_cost:
                room = min(room, (left.cost - reading.cost) * self.output_tokens // self.output_cost)
        return room


def _up(number: float) -> int:
    return -int(-number // 1)
