"""A rate with bursts, in the memory of one process. It knows nothing of Django: the server counts control frames by it, too."""

from __future__ import annotations

from time import monotonic


class TokenBucket:
    """`burst` at once, `per_second` in the long run."""

    def __init__(self, burst: int, per_second: float) -> None:
        self._burst, self._per_second = burst, per_second
        self._tokens, self._filled_at = float(burst), monotonic()

    def take(self) -> bool:
        """Take a token. False where none is left."""
        self._fill()
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    @property
    def is_full(self) -> bool:
        self._fill()
        return self._tokens >= self._burst

    def _fill(self) -> None:
        now = monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._per_second)
        self._filled_at = now
