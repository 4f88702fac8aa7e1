"""Figures of a span of time, from the roll-ups of whole days and from the ledger for the rest, and how they group."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Hashable
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from conversations.models import Attempt, RolledUpDay, RollUp

from . import feedback, from_ledger, people, rollups
from .feedback import Thumbs
from .figures import COUNTS, HISTOGRAMS, KINDS, Figures
from .from_ledger import Alike
from .people import Use
from .rollups import DAY
from .spans import Span, joined

Group = TypeVar("Group", bound=Hashable)
_COLUMNS = ("day", "provider_id", "model", "key_id", "prompt_version_id", "purpose", *COUNTS, *KINDS, *HISTOGRAMS)


class Report:
    """Everything is read when it is first asked for, and once."""

    def __init__(self, span: Span) -> None:
        self.span = span

    @cached_property
    def _rolled_up(self) -> list[datetime]:
        """Slots that are whole days with roll-ups."""
        if self.span.is_hourly:
            return []
        whole = {start.date(): start for start, end in self.span.slots() if end - start == DAY}
        return [whole[day] for day in RolledUpDay.objects.filter(day__in=list(whole)).values_list("day", flat=True)]

    @cached_property
    def _from_the_ledger(self) -> list[tuple[datetime, datetime]]:
        first = Attempt.objects.order_by("recorded").values_list("recorded", flat=True).first()
        done = set(self._rolled_up)
        return [(start, end) for start, end in self.span.slots() if first and end > first and start not in done]

    @cached_property
    def _from_roll_ups(self) -> list[tuple[datetime, Alike, Figures]]:
        rows = RollUp.objects.filter(day__in=[start.date() for start in self._rolled_up]).values_list(*_COLUMNS)
        return [(rollups.midnight(row[0]), Alike(*row[1:6]), rollups.figures(row[6:])) for row in rows.iterator(chunk_size=1000)]

    @cached_property
    def lines(self) -> list[tuple[datetime, Alike, Figures]]:
        """By slot and by what is alike."""
        found = list(self._from_roll_ups)
        for start, end in self._from_the_ledger:
            found += [(start, alike, figures) for alike, figures in from_ledger.counted(start, end).items()]
        return found

    @cached_property
    def by_slot(self) -> list[tuple[datetime, Figures]]:
        """Every slot in order, those without anything, too."""
        slots = {start: Figures() for start, _ in self.span.slots()}
        for start, _, figures in self.lines:
            slots[start].add(figures)
        return list(slots.items())

    @cached_property
    def total(self) -> Figures:
        return Figures.total(figures for _, figures in self.by_slot)

    def total_alone(self) -> Figures:
        """The same, in less time where nothing else is asked for."""
        whole = Figures.total(figures for _, _, figures in self._from_roll_ups)
        return whole.add(Figures.total(from_ledger.total(start, end) for start, end in joined(self._from_the_ledger)))

    @cached_property
    def _alike(self) -> dict[Alike, Figures]:
        found: dict[Alike, Figures] = {}
        for _, alike, figures in self.lines:
            found.setdefault(alike, Figures()).add(figures)
        return found

    def by(self, group: Callable[[Alike], Group]) -> dict[Group, Figures]:
        """Grouped by what `group` says of tries that are alike, such as `lambda alike: alike.model`."""
        found: dict[Group, Figures] = {}
        for alike, figures in self._alike.items():
            found.setdefault(group(alike), Figures()).add(figures)
        return found

    @cached_property
    def people(self) -> dict[uuid.UUID | None, Use]:
        found: dict[uuid.UUID | None, Use] = {}
        parts = [people.rolled_up(start.date() for start in self._rolled_up)]
        parts += [people.counted(start, end) for start, end in joined(self._from_the_ledger)]
        for part in parts:
            for (owner, _), use in part.items():
                found[owner] = found.get(owner, Use()).plus(use)
        return found

    @cached_property
    def thumbs(self) -> dict[uuid.UUID | None, Thumbs]:
        """By prompt version."""
        return feedback.between(self.span.start, self.span.end)
