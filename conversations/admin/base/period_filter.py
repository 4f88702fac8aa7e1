"""A filter of a list by how long ago a row was made."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

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

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, PERIODS[name][0]) for name in self.offered]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value() or ""
        return self.since(queryset, timezone.now() - PERIODS[chosen][1]) if chosen in self.offered else queryset

    def since(self, queryset: QuerySet[Any], moment: datetime) -> QuerySet[Any]:
        raise NotImplementedError
