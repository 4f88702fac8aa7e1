"""API keys: entered, replaced, disabled, used again; never shown."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.safestring import SafeString

from conversations.admin.base import deletion
from conversations.admin.base.routed import RoutedAdmin, changed
from conversations.admin.base.shown import NOTHING, ago
from conversations.admin.base.unreported import unreported
from conversations.models import ApiKey, Origin, Provider

from .form import KeyForm, KeyFormSet
from .states import state


class KeyInline(admin.StackedInline):
    """A provider's keys, on its own page."""

    model = ApiKey
    form = KeyForm
    formset = KeyFormSet
    fields = (("label", "enabled"), "secret", "state")
    readonly_fields = ("state",)
    show_change_link = True

    def get_extra(self, request: HttpRequest, obj: Provider | None = None, **kwargs: Any) -> int:
        return 0 if obj and obj.keys.exists() else 1

    def get_fields(self, request: HttpRequest, obj: Provider | None = None) -> Any:
        changes = self.has_change_permission(request, obj) or self.has_add_permission(request, obj)
        return self.fields if changes else ("label", "ending", "enabled", "state")

    def get_readonly_fields(self, request: HttpRequest, obj: Provider | None = None) -> Any:
        return ("state", "ending")

    @admin.display(description="state")
    def state(self, key: ApiKey) -> str | SafeString:
        return state(key).html() if not key._state.adding else NOTHING

    @admin.display(description="key")
    def ending(self, key: ApiKey) -> str:
        return f"…{key.last_four}" if key.last_four else NOTHING

    def has_add_permission(self, request: HttpRequest, obj: Provider | None = None) -> bool:
        return super().has_add_permission(request, obj) and _is_ours(obj)

    def has_change_permission(self, request: HttpRequest, obj: Provider | None = None) -> bool:
        return super().has_change_permission(request, obj) and _is_ours(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Provider | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_ours(obj)


def _is_ours(provider: Provider | None) -> bool:
    return provider is None or provider.is_ours_to_change


@admin.register(ApiKey)
class KeyAdmin(RoutedAdmin):
    form = KeyForm
    list_display = ("label", "provider", "ending", "state", "made")
    list_filter = ("provider", "enabled")
    list_select_related = ("provider",)
    search_fields = ("label", "last_four", "provider__name")
    search_hint = "Searches labels, the last four characters, and providers’ names."
    actions = ("use_again",)
    unsaid = ("sealed",)

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        if obj is None:
            return ("provider", "label", "secret", "enabled")
        entered = ("secret",) if self.has_change_permission(request, obj) else ("ending",)
        return ("provider", "label", *entered, "enabled", "state", "created")

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        return ("provider", "ending", "state", "created") if obj else ()  # a key goes only where it was entered for

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "provider":
            kwargs["queryset"] = Provider.objects.filter(origin=Origin.ADMIN)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description="key", ordering="last_four")
    def ending(self, key: ApiKey) -> str:
        return f"…{key.last_four}" if key.last_four else NOTHING

    @admin.display(description="state")
    def state(self, key: ApiKey) -> SafeString:
        return state(key).html()

    @admin.display(description="added", ordering="created")
    def made(self, key: ApiKey) -> str:
        return ago(key.created)

    # What the settings name is theirs.

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.provider.is_ours_to_change)

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.provider.is_ours_to_change)

    # The form

    def get_urls(self) -> list[Any]:
        again = self.admin_site.admin_view(self.again_view)
        return [path("<uuid:key>/again/", again, name="conversations_apikey_again"), *super().get_urls()]

    @unreported
    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changeform_view(request, object_id, form_url, extra_context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        key = self.get_object(request, object_id)
        again = bool(key and super().has_change_permission(request) and state(key).can_be_used_again)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "may_use_again": again})

    # Using again

    @admin.action(description="Use again: forget that it cools down or was refused", permissions=["change"])
    def use_again(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        freed = [key for key in queryset.select_related("provider") if self._free(request, key)]
        if freed:
            messages.success(request, f"Used again from now on: {', '.join(str(key) for key in freed)}.")
        else:
            messages.info(request, "None of these cools down or was refused, so there was nothing to do.")

    def again_view(self, request: HttpRequest, key: UUID) -> HttpResponse:
        found = get_object_or_404(ApiKey.objects.select_related("provider"), pk=key)
        if not super().has_change_permission(request, found):
            raise PermissionDenied
        if request.method == "POST" and self._free(request, found):
            messages.success(request, f"{found} is used again from now on.")
        return redirect("admin:conversations_apikey_change", found.pk)

    def _free(self, request: HttpRequest, key: ApiKey) -> bool:
        if key.refused is None and key.cooling_until is None:
            return False
        ApiKey.objects.filter(pk=key.pk).update(refused=None, cooling_until=None, trouble="")
        self.log_change(request, key, "Used again: what the provider said against it was forgotten.")
        changed()
        return True

    # Deleting

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        keys = list(objs)
        kept = [f"“{key}” is named by the settings: remove OPENAI_API_KEY from .env instead." for key in keys if not _is_ours(key.provider)]
        return deletion.summary(keys, {}, kept)
