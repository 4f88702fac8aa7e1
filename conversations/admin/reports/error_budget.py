"""The error budget in words and as a bar."""

from __future__ import annotations

from typing import NamedTuple

from conversations.usage.reports.error_budget import Budget

from . import words


class Burnt(NamedTuple):
    label: str
    rate: str
    note: str
    tone: str


class Allowance(NamedTuple):
    objective: str
    tone: str
    """“good”, “warn”, “bad”, or empty where there is nothing to judge."""
    sentence: str
    allowed: str
    counted: str
    """Answers whose ends count."""
    failed: str
    left: str
    used: str
    """As a share of what is allowed."""
    bar: float
    """The same in percent, at most 100."""
    burns: list[Burnt]


def shown(budget: Budget) -> Allowance:
    used = (budget.used_share or 0) if budget.can_be_judged else 0
    return Allowance(
        objective=f"{budget.objective:g}{words.THIN}%",
        tone=budget.tone,
        sentence=budget.sentence,
        allowed=f"{int(budget.allowed):,}",
        counted=f"{budget.ends.counted:,}",
        failed=f"{budget.ends.failed:,}",
        left=f"{max(0, int(budget.left)):,}",
        used=words.percent(budget.used_share),
        bar=min(100.0, round(100 * used, 1)),
        burns=[
            Burnt(
                f"Burn rate, {burn.hours}{words.THIN}h",
                words.NOTHING if burn.rate is None else f"{burn.rate:.1f}×",
                f"{burn.ends.failed:,} of {burn.ends.counted:,} failed" if burn.ends.counted else "no answers",
                "bad" if burn.rate is not None and burn.rate > 1 else "",
            )
            for burn in budget.burns
        ],
    )
