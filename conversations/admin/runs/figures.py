"""What the page of a run says of it in numbers."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Avg, Count, Q, Sum

from conversations.admin.base.shown import NOTHING
from conversations.evaluation import runs
from conversations.models import Run
from conversations.usage.ledger import amounts


class CandidateFigures(NamedTuple):
    cost: str
    seconds: str
    errors: int


class Figures(NamedTuple):
    done: int
    total: int
    failed: int
    """Answers that failed, or were never asked."""
    cases: int
    estimate: str
    cap: str
    cost: str
    candidates: list[CandidateFigures]


def figures(run: Run) -> Figures:
    counted = run.results.order_by().values("candidate")
    rows = {
        row["candidate"]: row
        for row in counted.annotate(
            spent=Sum("cost"),
            judged=Sum("judge_cost"),
            took=Avg("duration_ms"),
            answered=Count("id", filter=Q(error="")),
            unpriced=Count("id", filter=runs.UNPRICED),
            errors=Count("id", filter=~Q(error="")),
            over=Count("id", filter=Q(findings__isnull=False)),
        )
    }
    cases = run.cases.count()
    total = cases * len(run.candidates) * run.repeats
    spent = sum((row["spent"] or 0) + (row["judged"] or 0) for row in rows.values())
    return Figures(
        done=sum(row["over"] for row in rows.values()),
        total=total,
        failed=max(0, total - sum(row["answered"] for row in rows.values())),
        cases=cases,
        estimate=estimated(run.estimate),
        cap=amounts.dollars(run.cap),
        cost=_cost(spent, any(row["unpriced"] for row in rows.values())),
        candidates=[
            CandidateFigures(
                cost=NOTHING if row is None else in_a_column(row["spent"], row["unpriced"]),
                seconds=NOTHING if row is None or row["took"] is None else f"{row['took'] / 1000:.1f} s",
                errors=row["errors"] if row else 0,
            )
            for row in (rows.get(number) for number in range(len(run.candidates)))
        ],
    )


def cost(run: Run) -> str:
    """Of all that was asked so far."""
    return _cost(runs.spent(run), run.results.filter(runs.UNPRICED).exists())


def _cost(known: int, has_unpriced: bool) -> str:
    return _at_least(known, shown_cost(None)) if has_unpriced else amounts.dollars(known)


def in_a_column(known: int | None, unpriced: int) -> str:
    """Of what was asked, so many answers without a price: nothing is called free whose price is unknown."""
    if unpriced:
        return _at_least(known, "unknown")
    return NOTHING if known is None else amounts.dollars(known)


def _at_least(known: int | None, unknown: str) -> str:
    return f"at least {amounts.dollars(known)}" if known else unknown


def estimated(cost: int | None) -> str:
    if cost is None:
        return "of unknown cost, for a model has no price here"
    return f"about {amounts.dollars(cost)}" if cost else "free of charge"


def shown_cost(cost: int | None) -> str:
    return "an unknown amount" if cost is None else amounts.dollars(cost)
