"""Parameters that a model refused and that are left out since. Deleting one has it sent again."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from conversations.admin.base.routed import RoutedAdmin
from conversations.models import RejectedParameter
from conversations.providers.system_role import SYSTEM_ROLE


@admin.register(RejectedParameter)
class RejectedParameterAdmin(RoutedAdmin):
    list_display = ("sentence", "base_url", "created")
    list_filter = ("parameter", "model")
    search_fields = ("model", "parameter", "base_url")
    fields = ("sentence", "model", "parameter", "base_url", "created")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: RejectedParameter | None = None) -> bool:
        return False

    @admin.display(description="what happened", ordering="model")
    def sentence(self, rejected: RejectedParameter) -> str:
        if rejected.parameter == SYSTEM_ROLE:
            return f"{rejected.model or 'The model'} knows no system role; the prompt is part of the first question since."
        return f"{rejected.model or 'The model'} refused {rejected.parameter}; left out since."
