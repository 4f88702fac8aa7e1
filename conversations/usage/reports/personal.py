"""One user's own use. Every number here starts from that user's rows."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from django.db.models import Sum

from conversations.models import Attempt, AttemptKind, PersonalRollUp, RolledUpDay, User

from . import users
from .rollups import DAY, midnight
from .users import Use

DAYS = 30


class PersonalUse:
    """Of the last thirty days, and of this month where that began earlier. Read once."""

    def __init__(self, user: User, now: datetime) -> None:
        self.user, self.now = user, now
        self.today_is = now.astimezone(UTC).date()
        self.first_shown = self.today_is - (DAYS - 1) * DAY

    @cached_property
    def _lines(self) -> list[tuple[date, str, str, Use]]:
        """Day, model, kind, and what was used."""
        first = min(self.first_shown, self.today_is.replace(day=1))
        days = [first + number * DAY for number in range((self.today_is - first).days + 1)]
        done = set(RolledUpDay.objects.filter(day__in=days).values_list("day", flat=True))
        names: dict[str, Any] = {f"sum_{name}": Sum(name) for name in Use._fields}
        rows = PersonalRollUp.objects.filter(owner=self.user, day__in=done).values_list("day", "model", "kind").annotate(**names)
        found = [(day, model, kind, Use(*use)) for day, model, kind, *use in rows]
        used = Attempt.objects.filter(owner=self.user).order_by("recorded").values_list("recorded", flat=True).first()
        for day in days:
            if day not in done and used and day >= used.astimezone(UTC).date():
                live = users.counted(midnight(day), midnight(day + DAY), self.user.pk)
                found += [(day, model, kind, use) for (_, model, kind), use in live.items()]
        return found

    def _since(self, first: date) -> Use:
        return _total(use for day, _, _, use in self._lines if day >= first)

    @property
    def today(self) -> Use:
        return self._since(self.today_is)

    @property
    def month(self) -> Use:
        return self._since(self.today_is.replace(day=1))

    @cached_property
    def shown(self) -> Use:
        return self._since(self.first_shown)

    @property
    def by_model(self) -> list[tuple[str, Use]]:
        """Those used most first."""
        models: dict[str, Use] = defaultdict(Use)
        for day, model, _, use in self._lines:
            if day >= self.first_shown:
                models[model] = models[model].plus(use)
        return sorted(models.items(), key=lambda item: (-item[1].answered, -item[1].tokens, item[0]))

    @property
    def by_kind(self) -> list[tuple[AttemptKind, Use]]:
        """In the order of kinds."""
        kinds: dict[str, Use] = defaultdict(Use)
        for day, _, kind, use in self._lines:
            if day >= self.first_shown:
                kinds[kind] = kinds[kind].plus(use)
        return [(kind, kinds[kind]) for kind in AttemptKind if kind in kinds]

    @property
    def by_day(self) -> list[tuple[date, Use]]:
        """All thirty, oldest first."""
        days = {self.first_shown + number * DAY: Use() for number in range(DAYS)}
        for day, _, _, use in self._lines:
            if day in days:
                days[day] = days[day].plus(use)
        return list(days.items())


def _total(uses: Any) -> Use:
    whole = Use()
    for use in uses:
        whole = whole.plus(use)
    return whole
