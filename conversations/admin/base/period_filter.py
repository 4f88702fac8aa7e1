"""A filter of a list by how long ago a row was made, and by the exact times that links from the reports bring along."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from .shown import from_to

PERIODS = {
    "hour": ("Past hour", timedelta(hours=1)),
    "day": ("Past 24 hours", timedelta(days=1)),
    "week": ("Past 7 days", timedelta(days=7)),
    "month": ("Past 30 days", timedelta(days=30)),
}


class PeriodFilter(admin.SimpleListFilter):
    title = "time"
    parameter_name = "made"
    offered: ClassVar[tuple[str, ...]] = tuple(PERIODS)

    @property
    def problem(self) -> str:
        """A sentence where what was asked for makes no sense."""
        asked = self.value()
        return f"“{asked[:40]}” is no period that can be shown, so all times are shown." if asked and asked not in self.offered else ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, PERIODS[name][0]) for name in self.offered]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value() or ""
        return self.since(queryset, timezone.now() - PERIODS[chosen][1]) if chosen in self.offered else queryset

    def since(self, queryset: QuerySet[Any], moment: datetime) -> QuerySet[Any]:
        raise NotImplementedError


class TimesFilter(PeriodFilter):
    """Also by two times in the query string, from the first until before the second."""

    field_name: ClassVar[str]

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        self.times = [f"{self.field_name}__gte", f"{self.field_name}__lt"]
        asked = {name: str(params.pop(name)[-1]) for name in self.times if name in params}
        super().__init__(request, params, model, model_admin)
        self.used_parameters |= asked
        self.start, self.end = (_moment(asked.get(name, "")) for name in self.times)

    @property
    def asked_times(self) -> list[str]:
        return [self.used_parameters[name] for name in self.times if name in self.used_parameters]

    @property
    def problem(self) -> str:
        if any(_moment(asked) is None for asked in self.asked_times):
            return "The address of this list names a time that can’t be read, so all times are shown."
        if self.start and self.end and self.start >= self.end:
            return f"The time that is asked for ends before it begins ({from_to(self.start, self.end)}), so all times are shown."
        return super().problem

    def expected_parameters(self) -> list[str | None]:
        return [self.parameter_name, *self.times]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.problem:
            return queryset
        bounds = zip(self.times, (self.start, self.end), strict=True)
        return super().queryset(request, queryset).filter(**{name: moment for name, moment in bounds if moment})

    def since(self, queryset: QuerySet[Any], moment: datetime) -> QuerySet[Any]:
        return queryset.filter(**{self.times[0]: moment})

    def choices(self, changelist: Any) -> Any:
        everything, *periods = super().choices(changelist)
        dates = bool(self.asked_times)
        yield {
            **everything,
            "selected": everything["selected"] and not dates,
            "query_string": changelist.get_query_string(remove=[self.parameter_name, *self.times]),
        }
        if dates:
            yield {
                "selected": True,
                "query_string": changelist.get_query_string(),
                "display": from_to(self.start, self.end) or "unreadable",
            }
        for (name, _), choice in zip(self.lookup_choices, periods, strict=True):
            yield {**choice, "query_string": changelist.get_query_string({self.parameter_name: name}, remove=self.times)}


def _moment(asked: str) -> datetime | None:
    """A time as ISO 8601 has it, or the beginning of a day; UTC where no zone is named."""
    try:
        found = parse_datetime(asked)
        if found is None and (day := parse_date(asked)):
            found = datetime(day.year, day.month, day.day)  # noqa: DTZ001  (its zone comes below)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found
