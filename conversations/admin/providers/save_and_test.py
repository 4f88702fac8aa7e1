"""Testing what is on the form: it is saved first, so that nothing typed is lost. A new provider is enabled when its test went well."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path

from conversations.admin.base import saved_forms
from conversations.admin.base.routed import changed
from conversations.models import Provider

from .model_fetch import ModelFetch

BUTTON = "_test"
SAVED = "saved_provider"
"""The attribute of a response that says which one was saved, to be tested."""


class SaveAndTest(ModelFetch):
    def get_urls(self) -> list[Any]:
        enable = self.admin_site.admin_view(self.enable_view)
        return [path("<uuid:provider>/enable/", enable, name="conversations_provider_enable"), *super().get_urls()]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The test begins when the save is committed: it takes seconds, for which it must not hold the database."""
        response = super().changeform_view(request, object_id, form_url, extra_context)
        saved = getattr(response, SAVED, None)
        return saved_forms.was_saved(self.test_view(request, saved)) if saved else response

    def response_change(self, request: HttpRequest, obj: Provider) -> HttpResponse:
        response = super().response_change(request, obj)
        return self._to_be_tested(request, obj, response)

    def response_add(self, request: HttpRequest, obj: Provider, post_url_continue: str | None = None) -> HttpResponse:
        response = super().response_add(request, obj, post_url_continue)
        if not self.may_test(request) or "_popup" in request.POST:
            return response
        if BUTTON in request.POST or obj.enabled:
            return self._to_be_tested(request, obj, response)
        messages.warning(request, f"“{obj.name}” is not asked yet. “Save and test” on its page tests it, and then offers to enable it.")
        return response if "_addanother" in request.POST else redirect("admin:conversations_provider_change", obj.pk)

    def _to_be_tested(self, request: HttpRequest, obj: Provider, response: HttpResponse) -> HttpResponse:
        if BUTTON in request.POST and "_popup" not in request.POST and self.may_test(request):
            setattr(response, SAVED, obj.pk)
        return response

    def enable_view(self, request: HttpRequest, provider: UUID) -> HttpResponse:
        found: Provider = self.row_to_change(request, provider)
        if request.method == "POST" and not found.enabled:
            Provider.objects.filter(pk=found.pk).update(enabled=True)
            self.log_change(request, found, "Enabled.")
            changed()
            messages.success(request, f"“{found.name}” is enabled.")
            if not found.default_model and not found.models.filter(enabled=True).exists():
                messages.warning(request, f"“{found.name}” has no model yet, so it is not asked. “Fetch models” asks its server for them.")
        return redirect("admin:conversations_provider_change", found.pk)
