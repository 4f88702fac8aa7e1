"""The white space that ends a text and that a model which goes on with it repeats."""

LONGEST = 1_000
"""Characters of white space that are looked at."""


class RepeatedSpace:
    """Takes from the beginning of what follows the white space in which the text before it already ends."""

    __slots__ = ("_before", "_held", "_over")

    def __init__(self, before: str) -> None:
        self._before = before[-LONGEST:]
        self._held = ""
        self._over = not before

    @property
    def over(self) -> bool:
        """Whether all that follows comes out as it goes in."""
        return self._over

    def without(self, text: str) -> str:
        """The next piece of what follows, without the repetition. Holds back white space that may yet turn out to be one."""
        if self._over:
            return text
        self._held += text
        space = len(self._held) - len(self._held.lstrip())
        if space == len(self._held) and space < len(self._before):
            return ""
        return self.rest()

    def rest(self) -> str:
        """What is held back, when nothing more follows."""
        self._over = True
        held, self._held = self._held, ""
        space = len(held) - len(held.lstrip())
        repeated = next(size for size in range(min(space, len(self._before)), -1, -1) if self._before.endswith(held[:size]))
        return held[repeated:]
