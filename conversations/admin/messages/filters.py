"""Filters of the message list that need no index of their own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from conversations.admin.base.outcomes import label
from conversations.models import Message
from conversations.models.identifiers import first_id_at
from conversations.providers.errors import SENTENCES

PERIODS = {
    "hour": ("Past hour", timedelta(hours=1)),
    "day": ("Past 24 hours", timedelta(days=1)),
    "week": ("Past 7 days", timedelta(days=7)),
}


class MadeFilter(admin.SimpleListFilter):
    title = "time"
    parameter_name = "made"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, label) for name, (label, _) in PERIODS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        period = PERIODS.get(self.value() or "")
        return queryset.filter(id__gte=first_id_at(timezone.now() - period[1])) if period else queryset


class ErrorKindFilter(admin.SimpleListFilter):
    title = "error"
    parameter_name = "error"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, label(kind)) for kind in sorted(SENTENCES)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        return queryset.filter(error_kind=self.value()) if self.value() else queryset
