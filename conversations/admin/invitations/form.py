"""The form of a new invitation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from conversations.mail import has_mail
from conversations.models import Invitation

LIFETIMES_DAYS = {1: "1 day", 7: "7 days", 30: "30 days"}


class InvitationForm(forms.ModelForm):
    lifetime = forms.TypedChoiceField(
        coerce=int, choices=list(LIFETIMES_DAYS.items()), initial=7, label="Expires in", help_text="Later the link makes no more accounts."
    )

    class Meta:
        model = Invitation
        fields = ("note", "email", "groups", "max_uses")
        widgets = {"groups": forms.CheckboxSelectMultiple}  # noqa: RUF012  (Django's own way)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "email" in self.fields:  # else the invitation is only shown
            self.fields["email"].help_text = (
                "The link is sent there, and the address is proposed for the account."
                if has_mail()
                else "Proposed for the account. This site can’t send mail: give the link to the new user yourself."
            )

    def save(self, commit: bool = True) -> Any:
        self.instance.expires = timezone.now() + timedelta(days=self.cleaned_data["lifetime"])
        return super().save(commit)
