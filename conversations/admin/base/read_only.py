"""What support may look at: rows without their content, which are never changed by hand."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from conversations.models import User

from . import id_search
from .permissions import may
from .shown import NOTHING, short


class ReadOnlyAdmin(admin.ModelAdmin):
    """Lists and shows. It filters and searches by the named fields only: a query string must not probe hidden ones. Names of users are
    shown to, and searched for, those who may view users.
    """

    lookups: ClassVar[Collection[str]] = ()
    id_search: ClassVar[Mapping[str, type[Model] | None]] = {}
    """Fields that hold ids, and whose: rows of these are found by the end of their id, too."""
    search_fields = ("pk",)  # only makes the search box appear; see get_search_results
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup in self.lookups

    # Searching

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        searched = [model for model in self.id_search.values() if model is not None]
        for word in id_search.words(search_term):
            ids = id_search.ids(word, searched)
            meant = (self._with_ids(ids) if ids else _NONE) | self._named(word)
            if may(request.user, "view", "user"):
                meant |= _of_user(word)
            queryset = queryset.filter(meant)
        return queryset, False

    def _with_ids(self, ids: list[uuid.UUID]) -> Q:
        return Q(*((f"{name}__in", ids) for name in self.id_search), _connector=Q.OR)

    def _named(self, word: str) -> Q:
        """The rows with this word, whatever else it may be."""
        return _NONE

    # Names of users

    def get_list_display(self, request: HttpRequest) -> Any:
        return self._unnamed(request, super().get_list_display(request))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self._unnamed(request, super().get_fields(request, obj))

    def _unnamed(self, request: HttpRequest, fields: Any) -> list[Any]:
        return [*fields] if may(request.user, "view", "user") else ["unnamed_owner" if field == "owner" else field for field in fields]

    @admin.display(description="owner", ordering="owner")
    def unnamed_owner(self, row: Any) -> str:
        return short(row.owner_id) if row.owner_id else NOTHING

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self.get_fields(request, obj)


_NONE = Q(pk__in=())


def _of_user(word: str) -> Q:
    """Users are looked up first, so that the owner's index serves the search."""
    users = User.objects.filter(Q(username__iexact=word) | Q(email__iexact=word))
    return Q(owner__in=list(users.values_list("pk", flat=True)))
