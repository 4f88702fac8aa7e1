"""What this process remembers between two requests, gathered here so that all of it can be forgotten at once, as a new process begins."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Generic, Protocol, TypeVar


class Clearable(Protocol):
    def clear(self) -> object: ...


Kept = TypeVar("Kept", bound=Clearable)
Value = TypeVar("Value")

_all: list[Clearable] = []


def kept(memory: Kept) -> Kept:
    """Have `clear` clear this, too: a set, a dictionary, or an object of its own kind."""
    _all.append(memory)
    return memory


def clear() -> None:
    for memory in _all:
        memory.clear()


class Fresh(Generic[Value]):
    """A value that is read again once it is older than some seconds."""

    def __init__(self, read: Callable[[], Value], seconds: float) -> None:
        self._read, self.seconds = read, seconds
        self._known: tuple[float, Value] | None = None

    def get(self) -> Value:
        now = monotonic()
        if (known := self._fresh(now)) is None:
            known = self._known = now, self._read()
        return known[1]

    def known(self) -> Value | None:
        """The same where it need not be read; else None."""
        known = self._fresh(monotonic())
        return None if known is None else known[1]

    def _fresh(self, now: float) -> tuple[float, Value] | None:
        known = self._known
        return None if known is None or now - known[0] > self.seconds else known

    def clear(self) -> None:
        """Read it again the next time."""
        self._known = None
