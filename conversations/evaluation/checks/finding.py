"""What a check found of an answer."""

from __future__ import annotations

from typing import Any, NamedTuple

from conversations.models.storable import fitting

from .check import Check

MAX_REASON_CHARACTERS = 1000


class Finding(NamedTuple):
    check: Check
    passed: bool | None
    """None: it could not be made."""
    score: float
    """From 0 to 1."""
    reason: str

    def stored(self) -> dict[str, Any]:
        """As a database takes it: reasons quote answers."""
        reason = fitting(self.reason, MAX_REASON_CHARACTERS)
        return {**self.check.stored(), "passed": self.passed, "score": self.score, "reason": reason, "title": self.check.title}


def of(check: Check, is_so: bool, reason: str) -> Finding:
    """A check that is turned round passes where it is not so."""
    passed = is_so is not check.negated
    return Finding(check, passed, float(passed), reason)


def verdict(findings: list[Finding]) -> bool | None:
    """Whether all passed; None where there are none, or where one that didn't fail could not be made."""
    if any(one.passed is False for one in findings):
        return False
    return True if findings and all(one.passed for one in findings) else None
