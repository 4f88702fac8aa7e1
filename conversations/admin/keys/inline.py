"""A provider's keys, on its own page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from conversations.admin.base.shown import NOTHING
from conversations.models import ApiKey, Provider

from .form import KeyForm, KeyFormSet
from .states import state


class KeyInline(admin.StackedInline):
    model = ApiKey
    form = KeyForm
    formset = KeyFormSet
    fields = (("label", "enabled"), "secret", "state", "opened")
    readonly_fields = ("state",)
    show_change_link = True

    def get_extra(self, request: HttpRequest, obj: Provider | None = None, **kwargs: Any) -> int:
        return 0 if obj and obj.keys.exists() else 1

    def get_fields(self, request: HttpRequest, obj: Provider | None = None) -> Any:
        if self.has_change_permission(request, obj):
            return self.fields
        adds = self.has_add_permission(request, obj)
        return (("label", "enabled"), "secret", "state") if adds else ("label", "ending", "enabled", "state")

    def get_readonly_fields(self, request: HttpRequest, obj: Provider | None = None) -> Any:
        return ("state", "ending")

    @admin.display(description="state")
    def state(self, key: ApiKey) -> str | SafeString:
        return state(key).html() if not key._state.adding else NOTHING

    @admin.display(description="key")
    def ending(self, key: ApiKey) -> str:
        return f"…{key.last_four}" if key.last_four else NOTHING

    @admin.display(description="key")
    def secret(self, key: ApiKey) -> str:
        """Stands before the row's own secret where Django shows a field instead of asking for it: to those who may add keys only."""
        return self.ending(key)

    def has_add_permission(self, request: HttpRequest, obj: Provider | None = None) -> bool:
        return super().has_add_permission(request, obj) and _is_ours(obj)

    def has_change_permission(self, request: HttpRequest, obj: Provider | None = None) -> bool:
        return super().has_change_permission(request, obj) and _is_ours(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Provider | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_ours(obj)


def _is_ours(provider: Provider | None) -> bool:
    return provider is None or provider.is_ours_to_change
