"""JSON from a provider, cut to what is worth reading where it is no answer."""

from __future__ import annotations

from itertools import islice

LONGEST_TEXT = 4_000
"""Characters of one text, and of what is read of an error in all."""
LONGEST_NAME = 1_000
DEEPEST = 8
MOST_VALUES = 300


def cut(value: object) -> object:
    """The same value, without what lies too deep in it and with as many values and characters as an error has at most.

    Afterwards whatever is done with it ends soon: it can be searched, printed and walked through.
    """
    return _Cut().of(value, 0)


def word(value: object) -> str:
    """A name or number that a server sent, as text that can be stored and encoded; "" for anything else."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return ""
    return str(value)[:LONGEST_NAME].replace("\0", "\ufffd").encode("utf-8", "replace").decode()


class _Cut:
    def __init__(self) -> None:
        self._values, self._characters = MOST_VALUES, 4 * LONGEST_TEXT

    def of(self, value: object, depth: int) -> object:
        self._values -= 1
        if isinstance(value, str):
            text = value[: min(LONGEST_TEXT, self._characters)]
            self._characters -= len(text)
            return text
        if isinstance(value, dict):
            inner = islice(value.items(), max(0, self._values)) if depth < DEEPEST else ()
            return {str(name)[:LONGEST_NAME]: self.of(one, depth + 1) for name, one in inner}
        if isinstance(value, list):
            inner_values = islice(value, max(0, self._values)) if depth < DEEPEST else ()
            return [self.of(one, depth + 1) for one in inner_values]
        return value
