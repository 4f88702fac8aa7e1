"""Who alone moves `live` of a prompt: chosen by superusers, told to all others who see the prompt."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from conversations.admin.base.user_search import UsersSelect
from conversations.models import SystemPrompt
from conversations.studio import rights

CHOSEN = ("live_reserved", "live_groups", "live_users")
TOLD = "who_moves_live"


class Reserving(admin.ModelAdmin):
    autocomplete_fields = ("live_users",)
    readonly_fields = (TOLD, "tag_names")

    def get_fieldsets(self, request: HttpRequest, obj: SystemPrompt | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if request.user.is_superuser:
            return fieldsets
        return [(name, {**group, "fields": _told(group["fields"])}) for name, group in fieldsets]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "live_users":
            kwargs["widget"] = UsersSelect(db_field, self.admin_site)
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name in CHOSEN[1:]:
            field.widget.can_add_related = False
            field.help_text = ""
        return field

    @admin.display(description="Who moves “live”")
    def who_moves_live(self, prompt: SystemPrompt) -> str:
        said = rights.who_moves_live(prompt)
        return f"{said[0].upper()}{said[1:]}"


def _told(fields: Any) -> tuple[Any, ...]:
    return (*(name for name in fields if name not in CHOSEN), TOLD) if CHOSEN[0] in fields else fields
