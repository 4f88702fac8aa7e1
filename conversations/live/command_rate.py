"""How many commands a socket may send."""

from time import monotonic


class TokenBucket:
    """`burst` at once, `per_second` in the long run."""

    def __init__(self, burst: int, per_second: float) -> None:
        self._burst, self._per_second = burst, per_second
        self._tokens, self._filled_at = float(burst), monotonic()

    def take(self) -> bool:
        """Take a token. False where none is left."""
        now = monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._per_second)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
