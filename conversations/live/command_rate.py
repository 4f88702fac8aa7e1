from time import monotonic


class Allowance:
    """So many at once, so many a second in the long run (a token bucket)."""

    def __init__(self, burst: int, per_second: float) -> None:
        self._burst, self._per_second = burst, per_second
        self._left, self._at = float(burst), monotonic()

    def take(self) -> bool:
        """Use up one. False where none is left."""
        now = monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
