"""Filters of the message list that need no index of their own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from conversations.admin.base.outcomes import label
from conversations.admin.base.period_filter import PeriodFilter
from conversations.models import Message
from conversations.models.identifiers import first_id_at
from conversations.providers.errors import SENTENCES


class MadeFilter(PeriodFilter):
    offered = ("hour", "day", "week")

    def since(self, queryset: QuerySet[Message], moment: datetime) -> QuerySet[Message]:
        return queryset.filter(id__gte=first_id_at(moment))


class ErrorKindFilter(admin.SimpleListFilter):
    title = "error"
    parameter_name = "error"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, label(kind)) for kind in sorted(SENTENCES)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        return queryset.filter(error_kind=self.value()) if self.value() else queryset
