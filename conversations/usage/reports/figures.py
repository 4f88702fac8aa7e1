"""What is counted of attempts, and what follows from the counts. Figures add up, whatever they were counted from."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from conversations.models import NOT_COUNTED

GROWTH = 1.05
"""Each step of a histogram is 5 % above the one before, so what is read from it is off by 5 % at most."""

Steps = Counter[int]
"""A histogram: how many were in each step. Two of them add up."""

UNITS = {
    "input_audio": "input_audio_tokens",
    "output_audio": "output_audio_tokens",
    **{name: name for name in ("pictures", "heard_ms", "spoken_ms", "spoken_characters", "files", "pages")},
}
"""What is counted beside tokens, and tokens of sound: by the columns of roll-ups, those of the ledger."""

COUNTS = (
    *("tries", "tries_ok", "replies", "answered", "not_counted", "needed_retry", "saved"),
    *("input", "cached", "output", "reasoning"),
    *UNITS,
    *("cost", "used", "unpriced", "estimated", "estimated_cost"),
)
KINDS = ("errors", "failures")
HISTOGRAMS = ("first_token", "speed", "duration", "answer_cost")


def step(value: float) -> int:
    """Where a value of 1 or more belongs; all below are in the first step."""
    return math.floor(math.log(value) / math.log(GROWTH)) if value > 1 else 0


def quantile(steps: Steps, share: float) -> float | None:
    """The value that this share of all lies at or below; None where there are none."""
    rank, below = math.ceil(share * steps.total()), 0
    for number in sorted(steps):
        if below + steps[number] >= rank:  # within the step they are taken to lie evenly
            return float(GROWTH ** (number + (rank - below - 0.5) / steps[number]))
        below += steps[number]
    return None


def share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


@dataclass(slots=True)
class Figures:
    """Attempts are all that reached a provider. Replies are final attempts at answers (titles count in attempts, tokens and cost only)."""

    tries: int = 0
    tries_ok: int = 0
    replies: int = 0
    answered: int = 0
    not_counted: int = 0
    """Replies whose end is the user's doing: they say nothing about reliability."""
    needed_retry: int = 0
    """Replies whose end counts and that took more than one attempt."""
    saved: int = 0
    """Those of them that were answered."""
    input: int = 0
    cached: int = 0
    output: int = 0
    reasoning: int = 0
    input_audio: int = 0
    output_audio: int = 0
    pictures: int = 0
    heard_ms: int = 0
    spoken_ms: int = 0
    spoken_characters: int = 0
    files: int = 0
    pages: int = 0
    cost: int = 0
    """Nanodollars, of the attempts whose price is known."""
    used: int = 0
    """Attempts that took tokens, or other units."""
    unpriced: int = 0
    """Those of them whose price is unknown."""
    estimated: int = 0
    """Those whose count of tokens is ours, for the provider's never came."""
    estimated_cost: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    """Attempts that didn't end well, by outcome."""
    failures: Counter[str] = field(default_factory=Counter)
    """Replies that failed and count, by kind of error."""
    first_token: Steps = field(default_factory=Counter)
    """Milliseconds to the first token, of attempts that got one."""
    speed: Steps = field(default_factory=Counter)
    """Tenths of tokens per second after the first token."""
    duration: Steps = field(default_factory=Counter)
    """Milliseconds to the end, of attempts that answered."""
    answer_cost: Steps = field(default_factory=Counter)
    """Nanodollars, of attempts that answered and whose price is known."""

    def add(self, other: Figures) -> Self:
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in (*KINDS, *HISTOGRAMS):
            mine = getattr(self, name)
            for what, number in getattr(other, name).items():
                mine[what] += number
        return self

    @classmethod
    def total(cls, every: Iterable[Figures]) -> Figures:
        whole = cls()
        for one in every:
            whole.add(one)
        return whole

    @property
    def counted(self) -> int:
        return self.replies - self.not_counted

    @property
    def failed(self) -> int:
        return self.counted - self.answered

    @property
    def success(self) -> float | None:
        return share(self.answered, self.counted)

    @property
    def tries_counted(self) -> int:
        return self.tries - sum(self.errors[kind] for kind in NOT_COUNTED)

    @property
    def tries_success(self) -> float | None:
        return share(self.tries_ok, self.tries_counted)

    @property
    def retry_success(self) -> float | None:
        return share(self.saved, self.needed_retry)

    @property
    def cached_share(self) -> float | None:
        return share(self.cached, self.input)

    @property
    def tokens(self) -> int:
        return self.input + self.output

    @property
    def first_token_p50(self) -> float | None:
        return quantile(self.first_token, 0.5)

    @property
    def first_token_p95(self) -> float | None:
        return quantile(self.first_token, 0.95)

    @property
    def duration_p50(self) -> float | None:
        return quantile(self.duration, 0.5)

    @property
    def duration_p95(self) -> float | None:
        return quantile(self.duration, 0.95)

    @property
    def speed_p50(self) -> float | None:
        return _tenths(quantile(self.speed, 0.5))

    @property
    def speed_p5(self) -> float | None:
        """All but the slowest twentieth are faster."""
        return _tenths(quantile(self.speed, 0.05))

    @property
    def speed_p95(self) -> float | None:
        return _tenths(quantile(self.speed, 0.95))


def _tenths(value: float | None) -> float | None:
    return None if value is None else value / 10
