"""Filters of the list of prompts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from conversations.models import SystemPrompt


class ModelFilter(admin.SimpleListFilter):
    title = "model"
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        named = SystemPrompt.objects.exclude(published__model="").exclude(published=None).order_by("published__model")
        return [(name, name) for name in named.values_list("published__model", flat=True).distinct()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SystemPrompt]) -> QuerySet[SystemPrompt]:
        return queryset.filter(published__model=self.value()) if self.value() else queryset


class TagFilter(admin.SimpleListFilter):
    title, parameter_name = "tag", "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = {tag for tags in SystemPrompt.objects.order_by().values_list("tags", flat=True) for tag in tags}
        return [(name, name) for name in sorted(names)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SystemPrompt]) -> QuerySet[SystemPrompt]:
        wanted = self.value()
        if not wanted:
            return queryset
        found = [pk for pk, tags in SystemPrompt.objects.values_list("pk", "tags") if wanted in tags]  # SQLite has no question for it
        return queryset.filter(pk__in=found)


class ArchivedFilter(admin.SimpleListFilter):
    """Archived prompts are left out unless they are asked for."""

    title, parameter_name = "archived", "archived"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Archived"), ("all", "All")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        first, *others = super().choices(changelist)
        yield {**first, "display": "In use"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[SystemPrompt]) -> QuerySet[SystemPrompt]:
        if self.value() == "all":
            return queryset
        return queryset.filter(archived__isnull=self.value() != "yes")
