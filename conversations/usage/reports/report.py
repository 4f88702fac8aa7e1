"""Figures of a span of time, from the roll-ups of whole days and from the ledger for the rest, and how they group."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from conversations.models import Attempt, RolledUpDay, RollUp

from . import feedback, from_ledger, programs, rollups, signs, users
from .feedback import Thumbs
from .figures import COUNTS, HISTOGRAMS, KINDS, Figures
from .from_ledger import Alike
from .rollups import DAY
from .signs import BySigns, Signs
from .spans import Span, joined
from .users import Use

Group = TypeVar("Group", bound=Hashable)
_COLUMNS = ("day", "provider_id", "model", "key_id", "prompt_version_id", "purpose", "kind", *COUNTS, *KINDS, *HISTOGRAMS)


class Report:
    """Everything is read when it is first asked for, and once."""

    def __init__(self, span: Span, versions: Collection[uuid.UUID] | None = None, kind: str = "") -> None:
        """`versions`: of the answers of these versions of prompts alone. It says nothing of users and thumbs then.

        `kind`: of attempts of this `AttemptKind` alone.
        """
        self.span, self.versions, self.kind = span, versions, kind

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
        rolled_up = RollUp.objects.filter(day__in=[start.date() for start in self._rolled_up])
        if self.versions is not None:
            rolled_up = rolled_up.filter(prompt_version__in=self.versions)
        if self.kind:
            rolled_up = rolled_up.filter(kind=self.kind)
        rows = rolled_up.values_list(*_COLUMNS).iterator(chunk_size=1000)
        return [(rollups.midnight(row[0]), Alike(*row[1:7]), rollups.figures(row[7:])) for row in rows]

    @cached_property
    def lines(self) -> list[tuple[datetime, Alike, Figures]]:
        """By slot and by what is alike."""
        found = list(self._from_roll_ups)
        for start, end in self._from_the_ledger:
            counted = from_ledger.counted(
                start, end, kind=self.kind
            ).items()  # of all, for the time has an index that the version would be preferred to
            found += [(start, alike, figures) for alike, figures in counted if self._is_meant(alike)]
        return found

    def _is_meant(self, alike: Alike) -> bool:
        return self.versions is None or alike.version in self.versions

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
        return whole.add(Figures.total(from_ledger.total(start, end, self.kind) for start, end in joined(self._from_the_ledger)))

    @cached_property
    def _alike(self) -> dict[Alike, Figures]:
        found: dict[Alike, Figures] = {}
        for _, alike, figures in self.lines:
            found.setdefault(alike, Figures()).add(figures)
        return found

    def by(self, group: Callable[[Alike], Group]) -> dict[Group, Figures]:
        """Grouped by what `group` says of attempts that are alike, such as `lambda alike: alike.model`."""
        found: dict[Group, Figures] = {}
        for alike, figures in self._alike.items():
            found.setdefault(group(alike), Figures()).add(figures)
        return found

    @cached_property
    def users(self) -> dict[uuid.UUID | None, Use]:
        found: dict[uuid.UUID | None, Use] = {}
        parts = [users.rolled_up(start.date() for start in self._rolled_up)]
        parts += [users.counted(start, end) for start, end in joined(self._from_the_ledger)]
        for part in parts:
            for (owner, _, kind), use in part.items():
                if self.kind in ("", kind):
                    found[owner] = found.get(owner, Use()).plus(use)
        return found

    @cached_property
    def programs(self) -> dict[uuid.UUID, Use]:
        """By API token."""
        return programs.counted(self.span.start, self.span.end, self.kind)

    @cached_property
    def signs(self) -> BySigns:
        """What users did with the answers of a version, as it was counted last night for days that are over."""
        done = set(
            RolledUpDay.objects.filter(day__in=[start.date() for start in self._rolled_up], has_signs=True).values_list("day", flat=True)
        )
        rest = [slot for slot in self.span.slots() if self.span.is_hourly or slot[0].date() not in done]
        found: BySigns = defaultdict(Signs)
        for part in (signs.rolled_up(done), *(signs.between(*stretch) for stretch in joined(rest))):
            for version, counted in part.items():
                found[version] = found[version].plus(counted)
        return found

    @cached_property
    def thumbs(self) -> dict[uuid.UUID | None, Thumbs]:
        """By prompt version."""
        return feedback.between(self.span.start, self.span.end)
