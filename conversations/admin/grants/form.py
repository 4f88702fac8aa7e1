"""The form of a grant: for this month or the next."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django import forms

from conversations.models import Grant
from conversations.usage.budgets import months


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
