"""Filters of the review queue."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from conversations.models import ReviewItem, SystemPrompt

STATES = {"open": "Open", "mine": "Open, with me", "free": "Open, not assigned", "done": "Done", "all": "All"}


class StateFilter(admin.SimpleListFilter):
    """What is open, unless something else is asked for."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self.user = request.user
        return list(STATES.items())

    def choices(self, changelist: Any) -> Any:
        for name, label in STATES.items():
            query = changelist.get_query_string({self.parameter_name: name})
            yield {"selected": (self.value() or "open") == name, "query_string": query, "display": label}

    def queryset(self, request: HttpRequest, queryset: QuerySet[ReviewItem]) -> QuerySet[ReviewItem]:
        meant = {
            "mine": Q(done=None, assignee=request.user.pk),
            "free": Q(done=None, assignee=None),
            "done": Q(done__isnull=False),
            "all": Q(),
        }
        return queryset.filter(meant.get(self.value() or "open", Q(done=None)))


class ReviewedPromptFilter(admin.SimpleListFilter):
    title = "prompt"
    parameter_name = "prompt"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(slug, name) for slug, name in SystemPrompt.objects.values_list("slug", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ReviewItem]) -> QuerySet[ReviewItem]:
        return queryset.filter(message__prompt_version__prompt__slug=self.value()) if self.value() else queryset
