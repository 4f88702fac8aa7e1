"""Filters of the list of feedback."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from conversations.models import Feedback, FeedbackTag, SystemPrompt


class TagFilter(admin.SimpleListFilter):
    title = "tag"
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(tag.value, str(tag.label)) for tag in FeedbackTag]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Feedback]) -> QuerySet[Feedback]:
        # As text: SQLite can't look for an element of a list.
        return queryset.filter(tags__icontains=f'"{self.value()}"') if self.value() in FeedbackTag.values else queryset


class PromptFilter(admin.SimpleListFilter):
    title = "prompt"
    parameter_name = "prompt"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(slug, name) for slug, name in SystemPrompt.objects.values_list("slug", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Feedback]) -> QuerySet[Feedback]:
        return queryset.filter(message__prompt_version__prompt__slug=self.value()) if self.value() else queryset
