"""Filters of the list of cases."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from conversations.models import Case


class TagFilter(admin.SimpleListFilter):
    title, parameter_name = "tag", "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = {tag for tags in Case.objects.order_by().values_list("tags", flat=True).distinct() for tag in tags}
        return [(name, name) for name in sorted(names)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        wanted = self.value()
        if not wanted:
            return queryset
        found = [pk for pk, tags in queryset.values_list("pk", "tags") if wanted in tags]  # SQLite has no question for it
        return queryset.filter(pk__in=found)
