"""How long a server may say nothing: longer before the first word than between words, and longer while it thinks or draws."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

from .drawn import DrawnPictures
from .endpoint import THINKING_TAKES, Endpoint
from .parts import Delta, Part


class Patience:
    def __init__(self, endpoint: Endpoint, *, thinks: bool) -> None:
        self._endpoint = endpoint
        self.seconds = endpoint.first_token_seconds * (THINKING_TAKES if thinks else 1)
        self._heard = monotonic()
        self.has_begun = False
        """Something of the answer has come. Until then the patience is for all that comes together, and not for each read."""
        self._spoken = self._draws = False

    def begin(self) -> None:
        """The request is sent."""
        self._heard = monotonic()

    def heard(self) -> None:
        """Something of the answer has come."""
        self._heard = monotonic()
        self.has_begun = True

    @property
    def left(self) -> float:
        """Seconds."""
        return max(0.0, self._heard + self.seconds - monotonic())

    @property
    def is_over(self) -> bool:
        return monotonic() - self._heard > self.seconds

    def follow(self, parts: Sequence[Part], drawn: DrawnPictures | None) -> bool:
        """Whether it is another one after what came, so that reads wait otherwise."""
        before = self.seconds
        if not self._spoken and any(isinstance(part, Delta) and part.kind != "reasoning" for part in parts):
            self._spoken = True
            self.seconds = self._endpoint.next_token_seconds
        if drawn is not None and drawn.is_going_on is not self._draws:
            self._draws = not self._draws
            self.seconds = self._endpoint.first_token_seconds * THINKING_TAKES if self._draws else self._endpoint.next_token_seconds
        return self.seconds != before
