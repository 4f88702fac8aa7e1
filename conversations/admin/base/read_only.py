"""What support may look at: rows without their content, which are never changed by hand."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from conversations.models import User


class ReadOnlyAdmin(admin.ModelAdmin):
    """Lists and shows. It filters and searches by the named fields only: a query string must not probe hidden ones."""

    lookups: ClassVar[Collection[str]] = ()
    id_search: ClassVar[Collection[str]] = ("id", "owner")
    search_fields = ("pk",)  # only makes the search box appear; see get_search_results
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup in self.lookups

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        for word in search_term.split():
            queryset = queryset.filter(self._means(word))
        return queryset, False

    def _means(self, word: str) -> Q:
        """Ids and users only. Users are looked up first, so that the owner's index serves the search."""
        try:
            named = uuid.UUID(word)
        except ValueError:
            people = User.objects.filter(Q(username__iexact=word) | Q(email__iexact=word))
            return Q(owner__in=list(people.values_list("pk", flat=True)))
        return Q(*((name, named) for name in self.id_search), _connector=Q.OR)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self.get_fields(request, obj)
