"""What both sides of a request that is passed on know of each other: what is asked, and that an answer begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from conversations.generation.attempt_log import AttemptLog

from .measure import Measure

if TYPE_CHECKING:
    from conversations.providers.passed import Passed


class Asked(Protocol):
    """`model` as the caller calls it."""

    passed: Passed
    model: str
    measure: Measure
    attempts: AttemptLog


class Begun(NamedTuple):
    """Something of the answer is there: bytes follow. Before it, another provider may have been asked."""

    content_type: str
    is_whole: bool
    """All of them come at once."""
