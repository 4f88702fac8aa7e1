"""Filters of the list of prompts."""

from __future__ import annotations

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
