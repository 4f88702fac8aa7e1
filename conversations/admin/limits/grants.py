"""Grants: some more for one person in one month. They are made and taken back, never changed."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from conversations.admin.base.shown import NOTHING, ago
from conversations.models import NANO, Grant, User
from conversations.usage.budgets import months
from conversations.usage.ledger import amounts


class GrantForm(forms.ModelForm):
    month = forms.TypedChoiceField(coerce=date.fromisoformat)

    class Meta:
        model = Grant
        fields = ("person", "month", "cost", "tokens", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "month" in self.fields:  # else it is only shown
            now = months.current()
            choices = [(month.isoformat(), f"{month:%B %Y}") for month in (now, months.following(now))]
            cast("forms.TypedChoiceField", self.fields["month"]).choices = choices
            self.fields["month"].initial = now.isoformat()


@admin.register(Grant)
class GrantAdmin(admin.ModelAdmin):
    form = GrantForm
    list_display = ("person", "in_month", "dollars", "more_tokens", "note", "granted_by", "made")
    list_select_related = ("person", "granted_by")
    list_filter = ("month",)
    search_fields = ("person__username", "person__email", "note")
    raw_id_fields = ("person",)
    fields = ("person", "month", "cost", "tokens", "note")

    def has_change_permission(self, request: HttpRequest, obj: Grant | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Grant, form: Any, change: bool) -> None:
        obj.granted_by = cast("User", request.user)
        super().save_model(request, obj, form, change)

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
