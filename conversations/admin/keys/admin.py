"""API keys: entered, replaced, disabled, used again; never shown."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from conversations.admin.base import deletion
from conversations.admin.base.kept_from_error_reports import unreported
from conversations.admin.base.shown import NOTHING, ago
from conversations.models import ApiKey, Origin, Provider

from .form import KeyForm
from .states import state
from .using_again import UsingAgain


@admin.register(ApiKey)
class KeyAdmin(UsingAgain):
    form = KeyForm
    list_display = ("label", "provider", "ending", "state", "made")
    list_filter = ("provider", "enabled")
    list_select_related = ("provider",)
    search_fields = ("label", "last_four", "provider__name")
    search_hint = "Searches labels, the last four characters, and providers’ names."
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

    @unreported
    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changeform_view(request, object_id, form_url, extra_context)

    # Deleting

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        keys = list(objs)
        kept = [f"“{key}” comes from .env. Remove OPENAI_API_KEY there instead." for key in keys if not key.provider.is_ours_to_change]
        return deletion.summary(keys, {}, kept)
