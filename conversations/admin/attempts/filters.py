"""Filters of the list of attempts. What they offer comes from short tables, never from the long one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from conversations.admin.base.outcomes import label
from conversations.admin.base.period_filter import TimesFilter
from conversations.models import NOT_COUNTED, OK, STOPPED, ApiKey, Attempt, Model
from conversations.providers.errors import SENTENCES

TROUBLE = "trouble"
UNCOUNTED = "uncounted"
MOST_MODELS = 60


class RecordedFilter(TimesFilter):
    field_name = "recorded"


class OutcomeFilter(admin.SimpleListFilter):
    title = "outcome"
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            (TROUBLE, "any trouble"),
            (UNCOUNTED, "stopped or refused"),
            *((kind, label(kind)) for kind in (OK, STOPPED, *sorted(SENTENCES))),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> QuerySet[Attempt]:
        if self.value() == TROUBLE:
            return queryset.exclude(outcome=OK).exclude(outcome__in=NOT_COUNTED)
        if self.value() == UNCOUNTED:
            return queryset.filter(outcome__in=NOT_COUNTED)
        return queryset.filter(outcome=self.value()) if self.value() else queryset


class AskedModelFilter(admin.SimpleListFilter):
    title = "model"
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = Model.objects.order_by("name").values_list("name", flat=True).distinct()[:MOST_MODELS]
        asked = request.GET.get(self.parameter_name)  # perhaps one whose row is gone
        return [(name, name) for name in sorted({*names, *([asked] if asked else [])})]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> QuerySet[Attempt]:
        return queryset.filter(model=self.value()) if self.value() else queryset


class AskedByFilter(admin.SimpleListFilter):
    title = "asked by"
    parameter_name = "asked_by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("program", "programs, over the API"), ("user", "users, in the page")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> QuerySet[Attempt]:
        return queryset.filter(token__isnull=self.value() == "user") if self.value() else queryset


class NumberFilter(admin.SimpleListFilter):
    title = "attempt"
    parameter_name = "try"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("again", "retried (2nd attempt or later)"), ("not_sent", "not sent: no provider could be asked")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> QuerySet[Attempt]:
        if self.value() == "again":
            return queryset.filter(number__gt=1)
        return queryset.filter(number=0) if self.value() == "not_sent" else queryset


class KeyFilter(admin.RelatedFieldListFilter):
    """Labels of keys are told apart by their provider only."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        keys = ApiKey.objects.select_related("provider").order_by("provider__name", "label")
        return [(key.pk, f"{key.provider}: {key}") for key in keys]


class FinalFilter(admin.BooleanFieldListFilter):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "last attempt of its answer"
