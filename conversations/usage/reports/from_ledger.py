"""Adds up attempts of a stretch of time, straight from the ledger. The database counts; only sums come here."""

from __future__ import annotations

import math
import uuid
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import CharField, Count, F, FloatField, IntegerField, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast, Floor, Greatest, Ln

from conversations.models import NOT_COUNTED, OK, Attempt, Purpose

from .figures import GROWTH, UNITS, Figures

FEWEST_TOKENS = 8
SHORTEST_MS = 100
"""Of an answer that came faster or is shorter than this, no speed can be told."""


class Alike(NamedTuple):
    """What attempts that are counted together have in common."""

    provider: uuid.UUID | None
    model: str
    key: uuid.UUID | None
    version: uuid.UUID | None
    purpose: str
    kind: str


_ALIKE = ("provider_id", "model", "key_id", "prompt_version_id", "purpose", "kind")
_TOOK = Q(input_tokens__gt=0) | Q(output_tokens__gt=0) | Q(pictures__gt=0) | Q(heard_ms__gt=0) | Q(spoken_characters__gt=0)
_TAKEN = ("input", "cached", "output", "reasoning", *UNITS, "cost", "used", "unpriced", "estimated")
"""As `token_sums` has them."""


def between(start: datetime, end: datetime) -> QuerySet[Attempt]:
    return Attempt.objects.filter(recorded__gte=start, recorded__lt=end).order_by()


def total(start: datetime, end: datetime, kind: str = "") -> Figures:
    """The same as all of `counted` together, in less time."""
    return Figures.total(counted(start, end, apart=("purpose",), kind=kind).values())


def counted(start: datetime, end: datetime, apart: tuple[str, ...] = _ALIKE, kind: str = "") -> dict[Alike, Figures]:
    """All that is known of the attempts recorded from `start` until before `end`, of one kind or all, told apart by these columns."""
    tries = between(start, end).filter(kind=kind) if kind else between(start, end)
    found: dict[Alike, Figures] = {}
    rows = tries.values_list(*apart, "outcome", "final").annotate(
        rows=Count("*"),
        asked=Count("id", filter=Q(number__gt=0)),
        again=Count("id", filter=Q(number__gt=1)),
        **token_sums(),
        estimated_cost=Sum("cost", filter=Q(estimated=True)),
    )
    for row in rows:
        alike, (outcome, final, number, asked, again, *sums) = _alike(row, apart), row[len(apart) :]
        figures = found.setdefault(alike, Figures())
        figures.tries += asked
        for name, more in zip((*_TAKEN, "estimated_cost"), sums, strict=True):
            if more:
                setattr(figures, name, getattr(figures, name) + more)
        if outcome == OK:
            figures.tries_ok += asked
        elif asked:
            figures.errors[outcome] += asked
        if final and alike.purpose == Purpose.ANSWER:
            _count_replies(figures, outcome, number, again)
    if any(alike.purpose == Purpose.ANSWER for alike in found):  # in most slots of a quiet site there are none
        _count_steps(found, tries, apart)
    return found


def _alike(row: tuple[Any, ...], apart: tuple[str, ...]) -> Alike:
    return Alike(*row[: len(_ALIKE)]) if apart == _ALIKE else Alike(None, "", None, None, row[0], "")


def _count_replies(figures: Figures, outcome: str, number: int, again: int) -> None:
    figures.replies += number
    if outcome in NOT_COUNTED:
        figures.not_counted += number
        return
    figures.needed_retry += again
    if outcome == OK:
        figures.answered += number
        figures.saved += again
    else:
        figures.failures[outcome] += number


def token_sums() -> dict[str, Any]:
    """Aggregates of what attempts took, in the order of COUNTS; sums of nothing are None."""
    return {
        "sum_input": Sum("input_tokens"),
        "sum_cached": Sum("cached_tokens"),
        "sum_output": Sum("output_tokens"),
        "sum_reasoning": Sum("reasoning_tokens"),
        **{f"sum_{name}": Sum(column) for name, column in UNITS.items()},
        "sum_cost": Sum("cost"),
        "used": Count("id", filter=_TOOK),
        "unpriced": Count("id", filter=_TOOK & Q(cost=None)),
        "guessed": Count("id", filter=Q(estimated=True)),
    }


def _count_steps(found: dict[Alike, Figures], tries: QuerySet[Attempt], apart: tuple[str, ...]) -> None:
    """All histograms, in one statement."""
    answers = tries.filter(purpose=Purpose.ANSWER)
    begun = answers.filter(first_token_ms__isnull=False)
    took = F("duration_ms") - F("first_token_ms")
    told = begun.filter(outcome=OK, estimated=False, output_tokens__gte=FEWEST_TOKENS, duration_ms__gte=F("first_token_ms") + SHORTEST_MS)
    ended_well = answers.filter(final=True, outcome=OK)
    parts = [
        _by_step("first_token", begun, F("first_token_ms"), apart),
        _by_step("speed", told, Cast(F("output_tokens"), FloatField()) * 10_000.0 / Cast(took, FloatField()), apart),
        _by_step("duration", ended_well, F("duration_ms"), apart),
        _by_step("answer_cost", ended_well.filter(cost__isnull=False), F("cost"), apart),
    ]
    for row in parts[0].union(*parts[1:], all=True):
        *_, histogram, step, number = row
        getattr(found[_alike(row, apart)], histogram)[step] += number


def _by_step(histogram: str, tries: QuerySet[Attempt], value: Any, apart: tuple[str, ...]) -> QuerySet[Attempt, tuple[Any, ...]]:
    """Rows of what is alike, the histogram's name, the step of `figures.step`, and how many are in it."""
    at_least_one = Greatest(Cast(value, FloatField()), 1.0, output_field=FloatField())
    step = Cast(Floor(Ln(at_least_one) / math.log(GROWTH)), IntegerField())
    named = Value(histogram, output_field=CharField())
    return tries.annotate(histogram=named, step=step).values_list(*apart, "histogram", "step").annotate(rows=Count("*"))
