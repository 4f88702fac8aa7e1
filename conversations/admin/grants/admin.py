"""Grants: more for one user in one month. They are made and taken back, never changed."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect

from conversations.admin.base.shown import NOTHING, ago
from conversations.admin.base.user_search import ChoosesUser
from conversations.models import NANO, Grant, User
from conversations.usage.ledger import amounts

from .form import GrantForm


@admin.register(Grant)
class GrantAdmin(ChoosesUser):
    form = GrantForm
    list_display = ("person", "in_month", "dollars", "more_tokens", "note", "granted_by", "made")
    list_select_related = ("person", "granted_by")
    list_filter = ("month",)
    search_fields = ("person__username", "person__email", "note")
    autocomplete_fields = ("person",)
    fields = ("person", "month", "cost", "tokens", "note")

    def has_change_permission(self, request: HttpRequest, obj: Grant | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Grant, form: Any, change: bool) -> None:
        obj.granted_by = cast("User", request.user)
        super().save_model(request, obj, form, change)

    def response_post_save_add(self, request: HttpRequest, obj: Grant) -> HttpResponseRedirect:
        """Back to the user, where the grant shows."""
        return redirect("admin:conversations_user_change", obj.person_id)

    @admin.display(description="month", ordering="month")
    def in_month(self, grant: Grant) -> str:
        return f"{grant.month:%B %Y}"

    @admin.display(description="cost", ordering="cost")
    def dollars(self, grant: Grant) -> str:
        return NOTHING if grant.cost is None else amounts.dollars(int(grant.cost * NANO))

    @admin.display(description="tokens", ordering="tokens")
    def more_tokens(self, grant: Grant) -> str:
        return NOTHING if grant.tokens is None else amounts.tokens(grant.tokens)

    @admin.display(description="when", ordering="created")
    def made(self, grant: Grant) -> str:
        return ago(grant.created)
