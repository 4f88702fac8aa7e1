"""What was used: an amount, and the amounts of all attempts, together and by kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from conversations.models import Attempt, BudgetKind


class Used(NamedTuple):
    """Nanodollars and tokens; of one kind its units, too: pictures, milliseconds of audio, or files."""

    cost: int = 0
    tokens: int = 0
    units: int = 0

    def plus(self, other: Used) -> Used:
        return Used(self.cost + other.cost, self.tokens + other.tokens, self.units + other.units)


NOTHING = Used()
Taken = Mapping[str, Used]
"""What was used, by `BudgetKind`, and under "" all together, without units."""
UNITS = ("pictures", "heard_ms", "spoken_ms", "files")
"""The columns of an attempt that count them."""
UNITS_OF = {BudgetKind.PICTURES: ("pictures",), BudgetKind.AUDIO: ("heard_ms", "spoken_ms"), BudgetKind.FILES: ("files",)}


def by_kind(attempts: Iterable[Attempt]) -> Taken:
    """What these attempts used."""
    found: dict[str, Used] = {}
    for one in attempts:
        count(found, one.kind, one.cost, one.input_tokens, one.output_tokens, *(getattr(one, name) for name in UNITS))
    return found


def count(found: dict[str, Used], kind: str, cost: int | None, read: int | None, written: int | None, *units: int | None) -> None:
    """Add attempts of this kind to what was found; `units` are of UNITS."""
    budget = BudgetKind.of(kind)
    counted = dict(zip(UNITS, units, strict=True))
    of_kind = sum(counted[name] or 0 for name in UNITS_OF.get(budget, ()))
    used = Used(cost or 0, (read or 0) + (written or 0))
    found[""] = found.get("", Used()).plus(used)
    found[budget] = found.get(budget, Used()).plus(used._replace(units=of_kind))
