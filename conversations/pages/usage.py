"""What a user has used: their own numbers, and no other user's."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from conversations.files import quota
from conversations.models import User
from conversations.usage.budgets import standing
from conversations.usage.ledger import amounts
from conversations.usage.reports.personal import PersonalUse
from conversations.usage.reports.users import Use

BAR, GAP, HIGH = 8, 3, 72
"""Of the chart, in its own units."""


class Period(NamedTuple):
    label: str
    use: Use
    cost: str


class Kind(NamedTuple):
    label: str
    took: str
    cost: str


class Bar(NamedTuple):
    day: date
    use: Use
    x: int
    y: float
    height: float


@login_required
def usage(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    own = PersonalUse(request.user, timezone.now())
    periods = [("Today", own.today), ("This month", own.month), ("Last 30 days", own.shown)]
    bars = _bars(own)
    context = {
        "periods": [Period(label, use, cost(use)) for label, use in periods],
        "models": [
            Period(model or "no model was asked", use, cost(use)) for model, use in own.by_model if use.used or (model and use.answered)
        ],
        "kinds": [
            Kind(kind.label, ", ".join(_units(use)) or amounts.tokens(use.tokens), cost(use)) for kind, use in own.by_kind if use.used
        ],
        "bars": bars,
        "width": len(bars) * (BAR + GAP) - GAP,
        "bar_width": BAR,
        "high": HIGH,
        "shown": own.shown,
        "standings": standing.of(request.user),
        "storage": quota.standing(request.user.pk),
    }
    return render(request, "usage.html", context)


def cost(use: Use) -> str:
    """In dollars; empty where no price is known, for then nothing can be said."""
    if use.used == use.unpriced:
        return "" if use.used else "$0.00"
    return amounts.dollars(use.cost)


def _units(use: Use) -> list[str]:
    """What is counted beside tokens, in words."""
    said = [amounts.counted(use.pictures, "picture")] if use.pictures else []
    said += [f"{amounts.length(use.heard_ms)} heard"] if use.heard_ms else []
    said += [f"{amounts.length(use.spoken_ms)} read aloud"] if use.spoken_ms else []
    return said + ([amounts.counted(use.files, "file")] if use.files else [])


def _bars(own: PersonalUse) -> list[Bar]:
    days = own.by_day
    most = max(use.answered for _, use in days) or 1
    heights = [max(1.5, HIGH * use.answered / most) if use.answered else 0.75 for _, use in days]
    return [
        Bar(day, use, position * (BAR + GAP), round(HIGH - height, 2), round(height, 2))
        for position, ((day, use), height) in enumerate(zip(days, heights, strict=True))
    ]
