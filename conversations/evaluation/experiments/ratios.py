"""What an arm's conversations have of something, for each of their answers, and how sure that is. Pure.

Conversations are what chance gives an arm, and the answers of one resemble each other: so these are ratios of two sums over conversations,
with the variance that William G. Cochran gives for them in “Sampling Techniques” (3rd edition, 1977), section 6.4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(slots=True)
class Ratio:
    """Sums over `number` conversations: of x, how many there are to count by, of y, what is counted, and of their products."""

    number: int = 0
    x: float = 0.0
    y: float = 0.0
    xx: float = 0.0
    xy: float = 0.0
    yy: float = 0.0

    def add(self, x: float, y: float) -> None:
        """One more conversation; one without anything to count by says nothing."""
        if x > 0:
            self.number += 1
            self.x += x
            self.y += y
            self.xx += x * x
            self.xy += x * y
            self.yy += y * y

    @property
    def value(self) -> float | None:
        return self.y / self.x if self.x else None

    @property
    def variance(self) -> float:
        """Of `value`; infinite where a single conversation tells nothing of it."""
        if self.number < 2:
            return math.inf
        value = self.y / self.x
        apart = max(0.0, self.yy - 2 * value * self.xy + value * value * self.xx) / (self.number - 1)
        return apart * self.number / (self.x * self.x)
