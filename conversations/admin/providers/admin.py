"""Providers: where answers come from, with their keys and models, and whether all that works."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html

from conversations.admin.base import deletion
from conversations.admin.base.kept_from_error_reports import unreported
from conversations.admin.base.shown import NOTHING
from conversations.admin.keys.inline import KeyInline
from conversations.admin.models.known import UNKNOWN, price_of
from conversations.admin.models.known import dollars as price_words
from conversations.models import ApiKey, Attempt, Model, Origin, Provider
from conversations.providers import base_urls
from conversations.usage.ledger.prices import own_price

from . import presets
from .columns import ProviderColumns
from .form import FIELDSETS, FIELDSETS_TO_VIEW, ProviderForm
from .save_and_test import SaveAndTest

SHOWN_MODELS = 50
WHERE_TO_CHANGE = {
    Origin.ENVIRONMENT: "This provider comes from .env. To change it, edit OPENAI_BASE_URL, OPENAI_API_KEY etc. there and restart.",
    Origin.BUILT_IN: "This small built-in model answers while no other provider has a model: "
    "set OPENAI_API_KEY or OPENAI_BASE_URL in .env, or add a provider here and fetch its models.",
}


@admin.register(Provider)
class ProviderAdmin(ProviderColumns, SaveAndTest):
    form = ProviderForm
    inlines = (KeyInline,)
    list_display = ("name", "host", "keys_state", "model_count", "api", "priority", "enabled", "came_from")
    search_fields = ("name", "base_url")
    search_hint = "Searches names and addresses."
    readonly_fields = ("header_names", "origin")
    unsaid = ("headers",)

    # The form

    @unreported
    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, obj: Provider | None = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.may_enter_keys = request.user.has_perm("conversations.change_apikey")
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        preset = presets.of(request.GET.get("preset", ""))
        return {**super().get_changeform_initial_data(request), **(preset.initial if preset else {})}

    def get_fieldsets(self, request: HttpRequest, obj: Provider | None = None) -> Any:
        """An administrator who may only view sees which headers are sent, not what they say: that may be a gateway's secret."""
        return FIELDSETS_TO_VIEW if obj and not self.has_change_permission(request, obj) else FIELDSETS

    @admin.display(description="headers")
    def header_names(self, provider: Provider) -> str:
        return ", ".join(provider.headers) or NOTHING

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], add: bool = False, change: bool = False, form_url: str = "", obj: Any = None
    ) -> HttpResponse:
        user = request.user
        if add:
            context |= {"presets": presets.PRESETS, "preset": presets.of(request.GET.get("preset", ""))}
        context["may_save_and_test"] = self.may_test(request) and self.has_change_permission(request, obj) and not context.get("is_popup")
        if obj:
            context["where_to_change"] = WHERE_TO_CHANGE.get(obj.origin, "")
            context["may_test"] = self.may_test(request) and not self.has_change_permission(request, obj)
            context["may_fetch"] = self.may_fetch(request, obj)
            context["may_add_models"] = user.has_perm("conversations.add_model") and obj.origin != Origin.BUILT_IN
            context["may_see_attempts"] = user.has_perm("conversations.view_attempt")
            if user.has_perm("conversations.view_model") or user.has_perm("conversations.change_model"):
                models = list(obj.models.order_by("-enabled", "name")[: SHOWN_MODELS + 1])
                context["models"] = [(model, _price(model, obj)) for model in models[:SHOWN_MODELS]]
                context["more_models"] = len(models) > SHOWN_MODELS
                context["models_known"] = True
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request: HttpRequest, obj: Provider, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "base_url" in form.changed_data:
            for doubt in base_urls.doubts(obj.base_url):
                messages.warning(request, doubt)

    def response_add(self, request: HttpRequest, obj: Provider, post_url_continue: str | None = None) -> HttpResponse:
        """A provider without a model is not asked yet: lead on to where models are fetched."""
        response = super().response_add(request, obj, post_url_continue)
        if obj.default_model or not obj.enabled or {"_popup", "_test"} & request.POST.keys():
            return response
        words = f"“{obj.name}” has no model yet, so it is not asked."
        if not self.may_fetch(request, obj):
            messages.warning(request, words)
            return response
        page = reverse("admin:conversations_provider_change", args=[obj.pk])
        messages.warning(request, format_html('{} “Fetch models” on <a href="{}">its page</a> asks its server for them.', words, page))
        return response if "_addanother" in request.POST else redirect(page)

    # Rights: what the settings name changes there.

    def has_change_permission(self, request: HttpRequest, obj: Provider | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.is_ours_to_change)

    def has_delete_permission(self, request: HttpRequest, obj: Provider | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_ours_to_change)

    # Deleting

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        providers = list(objs)
        kept = [
            f"“{provider.name}” is named by the settings, and changes only there."
            for provider in providers
            if not provider.is_ours_to_change
        ]
        kept += [
            f"“{provider.name}” has attempts, which must go on naming it: disable it instead."
            for provider in providers
            if provider.is_ours_to_change and Attempt.objects.filter(provider=provider).exists()
        ]
        related = {
            Model: Model.objects.filter(provider__in=providers).count(),
            ApiKey: ApiKey.objects.filter(provider__in=providers).count(),
        }
        return deletion.summary(providers, related, kept)


def _price(model: Model, provider: Provider) -> str:
    if (own := own_price(model)) is not None:
        return price_words(own)
    known = price_of(model, provider)
    return price_words(known) if known else UNKNOWN
