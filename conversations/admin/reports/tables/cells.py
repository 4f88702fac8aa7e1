"""The cells that several tables have."""

from __future__ import annotations

from conversations.admin.reports import words
from conversations.admin.reports.units import Unit
from conversations.models import NANO
from conversations.usage.reports.figures import Figures
from conversations.usage.reports.users import Use

from .table import Cell

NOTHING = Cell(words.NOTHING)
LOW = 0.95
"""A share of attempts that succeeded below this is pointed out; for replies it is the objective."""


def took(figures: Figures) -> list[Cell]:
    return [tokens(figures.tokens), percent(figures.cached_share), cost(figures)]


def pace(figures: Figures) -> list[Cell]:
    speed = figures.speed_p50
    return [time(figures.first_token_p50), time(figures.first_token_p95), Cell(words.speed(speed), _rounded(speed))]


def count(number: int) -> Cell:
    return Cell(words.count(number), number)


def tokens(number: int) -> Cell:
    return Cell(words.short(number), number, title=words.count(number))


def percent(value: float | None) -> Cell:
    return Cell(words.percent(value), _percent(value), unit="%")


def success(value: float | None, least: float = LOW) -> Cell:
    return Cell(words.percent(value), _percent(value), "bad" if value is not None and value < least else "", unit="%")


def time(milliseconds: float | None) -> Cell:
    return Cell(words.time(milliseconds), _rounded(milliseconds), unit="ms")


def amount(unit: Unit, figures: Figures | Use) -> Cell:
    """Of what is counted beside tokens."""
    counted = unit.value(figures)
    return Cell(unit.text(counted), unit.number(figures), unit=unit.name) if counted else NOTHING._replace(unit=unit.name)


def cost(figures: Figures) -> Cell:
    title = f"{figures.unpriced:,} of {figures.used:,} attempts have no known price" if figures.unpriced else ""
    unknown = figures.unpriced and figures.unpriced >= figures.used
    return Cell(words.cost(figures.cost, figures.used, figures.unpriced), None if unknown else figures.cost / NANO, title=title, unit="USD")


def _percent(share: float | None) -> float | None:
    return None if share is None else _rounded(100 * share, 4)


def _rounded(value: float | None, places: int = 1) -> float | None:
    return None if value is None else round(value, places)
