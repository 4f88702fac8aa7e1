"""Using a key again that is cooling down or was refused."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse

from conversations.admin.base.previous_page import previous_page
from conversations.admin.base.routed import RoutedAdmin, changed
from conversations.models import ApiKey

from .states import state


class UsingAgain(RoutedAdmin):
    actions = ("use_again",)

    def get_urls(self) -> list[Any]:
        again = self.admin_site.admin_view(self.again_view)
        return [path("<uuid:key>/again/", again, name="conversations_apikey_again"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        key = self.get_object(request, object_id)
        again = bool(key and super().has_change_permission(request) and state(key).can_be_used_again)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "may_use_again": again})

    @admin.action(description="Use again (clear pause or refusal)", permissions=["change"])
    def use_again(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        freed = [key for key in queryset.select_related("provider") if self._free(request, key)]
        if freed:
            messages.success(request, f"Used again from now on: {', '.join(str(key) for key in freed)}.")
        else:
            messages.info(request, "None of these is paused or was refused, so there was nothing to do.")

    def again_view(self, request: HttpRequest, key: UUID) -> HttpResponse:
        found = get_object_or_404(ApiKey.objects.select_related("provider"), pk=key)
        if not super().has_change_permission(request, found):
            raise PermissionDenied
        if request.method == "POST" and self._free(request, found):
            messages.success(request, f"The key {found} is used again from now on.")
        return redirect(previous_page(request) or reverse("admin:conversations_apikey_change", args=[found.pk]))

    def _free(self, request: HttpRequest, key: ApiKey) -> bool:
        if key.refused is None and key.cooling_until is None:
            return False
        ApiKey.objects.filter(pk=key.pk).update(refused=None, cooling_until=None, trouble="", trouble_status=None)
        self.log_change(request, key, "Used again: its pause or refusal was cleared.")
        changed()
        return True
