"""API tokens: made for services and users, shown once, listed with what they used, and revoked."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from conversations.admin.base import shown_once
from conversations.admin.base.permissions import may
from conversations.api import authentication
from conversations.models import ApiToken, User
from conversations.pages import mail
from conversations.usage.budgets import recounting

from .columns import ApiTokenColumns
from .form import ApiTokenForm, is_within_reach

LIMITS = ("requests_per_minute", "monthly_cost", "monthly_tokens")
ASKS = ("What it may ask", {"fields": ("scopes", "is_limited_to_prompts", "prompts")})
LIMITED = {
    "fields": (*LIMITS, "expires"),
    "description": "Those of its user count besides. A change counts within two seconds.",
}


@admin.register(ApiToken)
class ApiTokenAdmin(ApiTokenColumns):
    form = ApiTokenForm
    list_display = ("name", "beginning", "whose", "good_for", "in_state", "used", "until", "this_month")
    list_filter = (("revoked", admin.EmptyFieldListFilter), "user__is_service")
    search_fields = ("name", "prefix", "user__username")
    search_hint = "Searches names, how tokens begin, and usernames."
    autocomplete_fields = ("user",)
    actions = ("revoke",)
    change_form_template = "admin/conversations/apitoken/change_form.html"
    readonly_fields = ("beginning", "whose", "in_state", "used", "this_month", "maker", "created")

    class Media:
        css = {"all": ["css/admin/rights.css"]}  # noqa: RUF012  (Django's own way)

    def get_fieldsets(self, request: HttpRequest, obj: ApiToken | None = None) -> Any:
        own = ("name", "user", "service") if obj is None else ("name", *self.readonly_fields, "opened")
        return ((None, {"fields": own}), ASKS, ("Limits of its own", LIMITED))

    def get_form(self, request: HttpRequest, obj: ApiToken | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"administrator": request.user})

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name in ("user", "prompts"):
            field.widget.can_add_related = field.widget.can_change_related = field.widget.can_view_related = False
        return field

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        if not super().has_change_permission(request, obj) or obj is None:
            return super().has_change_permission(request, obj)
        return obj.revoked is None and is_within_reach(cast("User", request.user), obj.user)

    def has_delete_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False  # the ledger says what was asked with it

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return may(request.user, "change", "apitoken") and may(request.user, "view", "user")

    # Made

    @sensitive_variables("secret")
    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        if not change:
            if service := form.cleaned_data.get("service"):
                obj.user = User(username=service, is_service=True)
                obj.user.set_unusable_password()
                obj.user.save()
                self.log_addition(request, obj.user, "A service, with its first API token.")
            obj.made_by = cast("User", request.user)
            secret = obj.draw()
            request.drawn_token = secret  # type: ignore[attr-defined]  # for the response
        super().save_model(request, obj, form, change)
        if change or any(getattr(obj, limit) is not None for limit in LIMITS):
            transaction.on_commit(recounting.changed)
        transaction.on_commit(authentication.forget)

    def response_add(self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None) -> HttpResponse:
        """The only page that ever shows it."""
        base_url = mail.link(request, reverse("api_models").removesuffix("/models"))
        secret = request.drawn_token  # type: ignore[attr-defined]
        return shown_once.page(self, request, "apitoken/made.html", "API token", obj, secret=secret, base_url=base_url)

    # Revoked

    def get_urls(self) -> list[Any]:
        revoke = self.admin_site.admin_view(require_POST(self.revoke_view))
        return [path("<uuid:pk>/revoke/", revoke, name="conversations_apitoken_revoke"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        token = self.get_object(request, object_id)
        may_revoke = bool(token and token.revoked is None and self.has_revoke_permission(request))
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "may_revoke": may_revoke})

    def revoke_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        if not self.has_revoke_permission(request):
            raise PermissionDenied
        self._revoke(request, [get_object_or_404(ApiToken, pk=pk)])
        return redirect("admin:conversations_apitoken_changelist")

    @admin.action(description="Revoke selected API tokens", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        self._revoke(request, list(queryset))

    def _revoke(self, request: HttpRequest, tokens: list[ApiToken]) -> None:
        revoked = [one for one in tokens if ApiToken.objects.filter(pk=one.pk, revoked=None).update(revoked=timezone.now())]
        for one in revoked:
            self.log_change(request, one, "Revoked.")
        transaction.on_commit(authentication.forget)
        names = ", ".join(str(one) for one in revoked)
        messages.success(request, f"Revoked: {names}." if revoked else "These were revoked already.")
