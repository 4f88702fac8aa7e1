"""Rows that decide which provider answers: a change of them counts for the next answer, not some seconds later."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from conversations.routing import catalog


class RoutedAdmin(admin.ModelAdmin):
    unsaid: ClassVar[tuple[str, ...]] = ()
    """Fields that aren't shown to every administrator who sees the list: a query string must not probe them."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup.split("__", maxsplit=1)[0] not in self.unsaid and super().lookup_allowed(lookup, value, request)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        changed()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        changed()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        changed()


def changed() -> None:
    """Have this process read them again, once the change is there to be read."""
    transaction.on_commit(catalog.forget)
